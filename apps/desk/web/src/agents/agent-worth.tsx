import type { ReactElement } from 'react'
import type { Holdings } from '../api/trading-queries.ts'
import type { Worth } from '../api/trading-shapes.ts'
import { formatCount } from '../format/count.ts'
import { MISSING } from '../format/decimal.ts'
import { Change } from '../market/change.tsx'
import { useLivePrices } from '../market/use-live-prices.ts'
import { Cash } from '../money/amount.tsx'
import { worthAt } from '../portfolio/live-worth.ts'
import { useHoldings } from '../portfolio/use-holdings.ts'

/** What an agent is worth at this moment: value, profit and positions, in one line of facts. */
export function AgentWorth({ agentId }: { agentId: string }): ReactElement {
  const { data } = useHoldings(agentId)
  return (
    <dl className="facts worth">
      <div>
        <dt>Value</dt>
        <dd>{data ? <Value holdings={data} /> : MISSING}</dd>
      </div>
      <div>
        <dt>Profit</dt>
        <dd>{data ? <Profit holdings={data} /> : MISSING}</dd>
      </div>
      <div>
        <dt>Open positions</dt>
        <dd>{formatCount(data?.positions.length)}</dd>
      </div>
    </dl>
  )
}

/** The same for a glance: value, and profit in percent. */
export function GlanceWorth({ agentId }: { agentId: string }): ReactElement {
  const { data } = useHoldings(agentId)
  return <span className="glance-worth">{data ? <Glance holdings={data} /> : MISSING}</span>
}

function Glance({ holdings }: { holdings: Holdings }): ReactElement {
  const live = useLive(holdings)
  return (
    <>
      <Cash amount={live.value} currency={holdings.portfolio.currency} />{' '}
      <Change percent={live.profitPercent} />
    </>
  )
}

function Value({ holdings }: { holdings: Holdings }): ReactElement {
  return <Cash amount={useLive(holdings).value} currency={holdings.portfolio.currency} />
}

function Profit({ holdings }: { holdings: Holdings }): ReactElement {
  const live = useLive(holdings)
  const { currency } = holdings.portfolio
  return (
    <>
      <Cash amount={live.profit} currency={currency} signed showCurrency={false} />{' '}
      <Change percent={live.profitPercent} />
    </>
  )
}

function useLive({ portfolio, positions }: Holdings): Worth {
  return worthAt(portfolio, positions, useLivePrices(positions))
}
