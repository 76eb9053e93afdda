import type { ReactElement } from 'react'
import type { Position } from '../api/trading-shapes.ts'
import { MISSING } from '../format/decimal.ts'
import { formatUptime } from '../format/duration.ts'
import { formatClock, formatDay, formatMoment } from '../format/time.ts'
import { Cash, PriceAmount } from '../money/amount.tsx'
import { hrefOf } from '../router/route.ts'
import { reasonWords } from '../transactions/reasons.ts'
import { Percent } from './percent.tsx'

const COLUMNS = ['Asset', 'Entry', 'Peak', 'Profit', 'Why', 'Held', 'Closed'] as const

/** What was bought and sold again. */
export function ClosedPositions({ positions }: { positions: readonly Position[] }): ReactElement {
  return (
    <table className="lines closed-positions" aria-label="Closed positions">
      <thead>
        <tr className="line line-head">
          {COLUMNS.map((name) => (
            <th key={name} scope="col" className={`cell-${name.toLowerCase()}`}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {positions.map((position) => (
          <ClosedRow key={position.id} position={position} />
        ))}
      </tbody>
    </table>
  )
}

function ClosedRow({ position }: { position: Position }): ReactElement {
  const { chain, asset, symbol, quote, closedAt } = position
  const closedMs = closedAt === null ? Number.NaN : Date.parse(closedAt)
  return (
    <tr className="line" data-testid={`closed-${symbol}`}>
      <th scope="row" className="cell-asset">
        <a className="row-link" href={hrefOf({ screen: 'asset', chain, asset })}>
          {symbol}
        </a>
        <span className="cell-name">{chain}</span>
      </th>
      <td className="cell-entry">
        <PriceAmount price={position.entryPrice} />
      </td>
      <td className="cell-peak">
        <PriceAmount price={position.peakPrice} />
      </td>
      <td className="cell-profit">
        <Cash amount={position.realised} currency={quote} signed testId={`closed-${symbol}-profit`} />
        <Percent percent={position.profitPercent} />
      </td>
      <td className="cell-why">{reasonWords(position.closeReason)}</td>
      <td className="cell-held">{formatUptime(closedMs - Date.parse(position.openedAt))}</td>
      <td className="cell-closed">
        {closedAt === null ? (
          MISSING
        ) : (
          <time dateTime={closedAt} title={formatMoment(closedMs)}>
            {formatDay(closedMs)} {formatClock(closedMs)}
          </time>
        )}
      </td>
    </tr>
  )
}
