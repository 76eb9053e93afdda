import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactElement } from 'react'
import type { EquityRange } from '../api/trading-shapes.ts'
import { useCell } from '../cell.ts'
import { EquityPlot } from '../chart/equity-plot.tsx'
import { useDesk } from '../desk-context.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { formatMinute } from '../format/time.ts'
import { subtract } from '../money/arithmetic.ts'
import { Cash } from '../money/amount.tsx'
import { equityCurve } from './equity-curve.ts'

const RANGES: Readonly<Record<EquityRange, string>> = { '1h': '1 hour', '24h': '24 hours' }

/** How the agent's value went, up to this moment. */
export function EquityPanel({
  agentId,
  value,
  currency,
}: {
  agentId: string
  /** What it is worth now; undefined while that is not known. */
  value: string | undefined
  currency: string | undefined
}): ReactElement {
  const { queries, now } = useDesk()
  const [range, setRange] = useState<EquityRange>('1h')
  const equity = useQuery(queries.equity(agentId, range))
  const { wallMs } = useCell(now)
  const curve = useMemo(() => equityCurve(equity.data ?? [], value, wallMs), [equity.data, value, wallMs])
  const first = curve[0]
  const moved = first && value !== undefined && curve.length > 1 ? subtract(value, first.value) : null
  return (
    <section className="panel equity" aria-labelledby="equity-title" data-testid="equity">
      <header className="panel-head">
        <h2 id="equity-title">Value</h2>
        {first && currency !== undefined && moved !== null && (
          <p className="equity-moved">
            <Cash amount={moved} currency={currency} signed />{' '}
            <span className="panel-note">since {formatMinute(first.atMs)} UTC</span>
          </p>
        )}
        <fieldset className="segments">
          <legend className="visually-hidden">How far back</legend>
          {(Object.keys(RANGES) as EquityRange[]).map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="equity-range"
                aria-label={RANGES[each]}
                checked={range === each}
                onChange={() => setRange(each)}
              />
              <span>{each}</span>
            </label>
          ))}
        </fieldset>
      </header>
      <div className="equity-chart">
        {equity.isError ? (
          <Notice error={equity.error} onRetry={() => void equity.refetch()} />
        ) : equity.isPending ? (
          <Skeleton rows={4} label="Loading the curve" />
        ) : curve.length > 1 ? (
          <EquityPlot points={curve} />
        ) : (
          <p className="empty">The curve starts with the first full minute.</p>
        )}
      </div>
    </section>
  )
}
