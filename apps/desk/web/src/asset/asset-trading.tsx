import type { ReactElement } from 'react'
import type { Asset } from '../api/shapes.ts'
import { useDesk } from '../desk-context.ts'
import { AssetPositions, useHeld } from '../positions/asset-positions.tsx'

/** Buys and sells the asset, and what the person's agents hold of it. */
export function AssetTrading({ asset: listed }: { asset: Asset }): ReactElement {
  const { tickets } = useDesk()
  const { chain, asset, symbol } = listed
  const holds = useHeld(listed).length > 0
  return (
    <section className="asset-trading" aria-label={`Trade ${symbol}`}>
      <div className="asset-actions">
        <button
          type="button"
          className="button button-primary"
          data-testid="buy"
          onClick={() => tickets.show({ action: 'buy', chain, asset })}
        >
          Buy {symbol} <kbd>b</kbd>
        </button>
        <button
          type="button"
          className="button"
          data-testid="sell"
          disabled={!holds}
          onClick={() => tickets.show({ action: 'sell', chain, asset })}
        >
          Sell <kbd>s</kbd>
        </button>
      </div>
      <AssetPositions asset={listed} />
    </section>
  )
}
