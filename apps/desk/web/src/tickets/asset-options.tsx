import type { ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { assetKey } from '../market/asset-key.ts'

/** The assets of a `<select>`, by chain. */
export function AssetOptions({ assets }: { assets: readonly Asset[] }): ReactElement {
  const chains = [...new Set(assets.map(({ chain }) => chain))]
  return (
    <>
      {chains.map((chain) => (
        <optgroup key={chain} label={chain}>
          {assets
            .filter((asset) => asset.chain === chain)
            .map((asset) => (
              <option key={assetKey(asset)} value={assetKey(asset)}>
                {asset.symbol} · {asset.name}
              </option>
            ))}
        </optgroup>
      ))}
    </>
  )
}
