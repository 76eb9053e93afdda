import { memo, type KeyboardEvent, type ReactElement } from 'react'
import type { Position } from '../api/trading-shapes.ts'
import { useFlash } from '../board/use-flash.ts'
import { useCell } from '../cell.ts'
import { useDesk } from '../desk-context.ts'
import { formatAge } from '../format/duration.ts'
import { formatMoment } from '../format/time.ts'
import { assetKey } from '../market/asset-key.ts'
import { PriceText } from '../market/price-text.tsx'
import { StaleMark } from '../market/provenance.tsx'
import { useVenueTime } from '../market/use-venue-time.ts'
import { AssetAmount, Cash, PriceAmount } from '../money/amount.tsx'
import { hrefOf } from '../router/route.ts'
import { positionAt } from './live-position.ts'
import { Percent } from './percent.tsx'

/** The id of the link in a position's row: what takes the focus. */
export function positionLinkId(positionId: string): string {
  return `position-${positionId}`
}

/** One open position. It watches the price of its own asset, so a tick renders this row and no other. */
export const OpenPositionRow = memo(function OpenPositionRow({
  agentId,
  position,
  reachable,
  onSelect,
  onKeyDown,
}: {
  agentId: string
  position: Position
  reachable: boolean
  onSelect: (positionId: string) => void
  onKeyDown: (event: KeyboardEvent, from: string) => void
}): ReactElement {
  const { prices, tickets } = useDesk()
  const live = useCell(prices.of(assetKey(position)))
  const priceCell = useFlash<HTMLTableCellElement>(live)
  const { id, chain, asset, symbol, quote } = position
  const now = positionAt(position, live?.price.price ?? null)
  const row = `position-${symbol}`
  return (
    <tr
      className="line"
      data-testid={row}
      data-price={now.price ?? undefined}
      data-selected={reachable || undefined}
      onFocus={() => onSelect(id)}
    >
      <th scope="row" className="cell-asset">
        <a
          id={positionLinkId(id)}
          className="row-link"
          href={hrefOf({ screen: 'asset', chain, asset })}
          tabIndex={reachable ? 0 : -1}
          onKeyDown={(event) => onKeyDown(event, id)}
        >
          {symbol}
        </a>
        <span className="cell-name">{chain}</span>
      </th>
      <td className="cell-amount">
        <AssetAmount amount={position.amount} testId={`${row}-amount`} />
      </td>
      <td className="cell-entry">
        <PriceAmount price={position.entryPrice} />
      </td>
      <td className="cell-price" ref={priceCell}>
        {live ? <PriceText live={live} /> : <PriceAmount price={now.price} />}
        {live && <StaleMark live={live} />}
      </td>
      <td className="cell-value">
        <Cash amount={now.value} currency={quote} testId={`${row}-value`} />
      </td>
      <td className="cell-profit">
        <Cash amount={now.unrealised} currency={quote} signed showCurrency={false} testId={`${row}-profit`} />
        <Percent percent={now.profitPercent} />
      </td>
      <td className="cell-stop">
        {position.stopPrice === null ? 'none' : <PriceAmount price={position.stopPrice} />}
      </td>
      <td className="cell-since">
        <Since openedAt={position.openedAt} />
      </td>
      <td className="cell-action">
        <button
          type="button"
          className="button"
          data-testid={`sell-${symbol}`}
          tabIndex={reachable ? 0 : -1}
          onClick={() => tickets.show({ action: 'sell', agentId, chain, asset, positionId: id })}
        >
          Sell<span className="visually-hidden"> {symbol}</span>
        </button>
      </td>
    </tr>
  )
})

function Since({ openedAt }: { openedAt: string }): ReactElement {
  const nowMs = useVenueTime()
  const openedMs = Date.parse(openedAt)
  return <span title={formatMoment(openedMs)}>{formatAge(Math.max(0, nowMs - openedMs))}</span>
}
