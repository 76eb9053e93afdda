import { useQuery } from '@tanstack/react-query'
import { memo, useEffect, useMemo, type KeyboardEvent, type ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { useCell } from '../cell.ts'
import { Trace } from '../chart/trace.tsx'
import { useDesk } from '../desk-context.ts'
import { MISSING } from '../format/decimal.ts'
import { assetKey, type AssetKey } from '../market/asset-key.ts'
import { Change } from '../market/change.tsx'
import { PriceText } from '../market/price-text.tsx'
import { Age, StaleMark, TierBadge } from '../market/provenance.tsx'
import { hrefOf } from '../router/route.ts'
import { useFlash } from './use-flash.ts'

/** The id of the link in an asset's row: what takes the focus. */
export function rowLinkId(key: AssetKey): string {
  return `row-${key}`
}

/** One asset of the board. It watches its own price, so a tick renders this row and no other. */
export const Row = memo(function Row({
  asset,
  reachable,
  opened,
  onActive,
  onKeyDown,
}: {
  asset: Asset
  /** The one row that Tab reaches; the arrow keys go on from there. */
  reachable: boolean
  opened: boolean
  onActive: (key: AssetKey) => void
  onKeyDown: (event: KeyboardEvent, from: AssetKey) => void
}): ReactElement {
  const key = assetKey(asset)
  const live = useCell(useDesk().prices.of(key))
  const priceCell = useFlash<HTMLTableCellElement>(live)
  return (
    <tr
      className="row"
      data-testid={`price-row-${asset.symbol}`}
      data-opened={opened || undefined}
      data-active={reachable || undefined}
    >
      <th className="cell-asset" scope="row">
        <a
          id={rowLinkId(key)}
          className="row-link"
          href={hrefOf({ screen: 'asset', chain: asset.chain, asset: asset.asset })}
          tabIndex={reachable ? 0 : -1}
          aria-current={opened || undefined}
          onFocus={() => onActive(key)}
          onKeyDown={(event) => onKeyDown(event, key)}
        >
          {asset.symbol}
        </a>
        <span className="cell-name">{asset.name}</span>
      </th>
      <td className="cell-chain">{asset.chain}</td>
      <td className="cell-price" ref={priceCell}>
        {live ? (
          <PriceText live={live} decimals={asset.priceDecimals} testId={`price-${asset.symbol}`} />
        ) : (
          <span className="waiting">{MISSING}</span>
        )}
        <span className="quote">{asset.quote}</span>
      </td>
      <td className="cell-change">
        <Change percent={live?.price.change24h ?? null} />
      </td>
      <td className="cell-hour">
        <LastHour asset={asset} />
      </td>
      <td className="cell-age">{live ? <Age live={live} /> : MISSING}</td>
      <td className="cell-tier">
        {live && <TierBadge tier={live.price.tier} />}
        {live && <StaleMark live={live} />}
      </td>
    </tr>
  )
})

const LastHour = memo(function LastHour({ asset }: { asset: Asset }): ReactElement {
  const { history, queries } = useDesk()
  const key = assetKey(asset)
  const { data } = useQuery(queries.lastHour(asset.chain, asset.asset))
  useEffect(() => {
    if (data) history.seed(key, data)
  }, [data, history, key])
  const minutes = useCell(history.of(key))
  const points = useMemo(() => minutes.map(({ minute, price }) => ({ x: minute, y: price })), [minutes])
  return <Trace points={points} />
})
