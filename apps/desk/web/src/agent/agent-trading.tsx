import type { ReactElement } from 'react'
import type { Agent } from '../api/shapes.ts'
import { Notice } from '../feedback/notice.tsx'
import { useLivePrices } from '../market/use-live-prices.ts'
import { BalancesPanel } from '../portfolio/balances-panel.tsx'
import { EquityPanel } from '../portfolio/equity-panel.tsx'
import { worthAt } from '../portfolio/live-worth.ts'
import { Tiles } from '../portfolio/tiles.tsx'
import { useHoldings } from '../portfolio/use-holdings.ts'
import { PositionsPanel } from '../positions/positions-panel.tsx'
import { TransactionsPanel } from '../transactions/transactions-panel.tsx'
import type { Holdings } from '../api/trading-queries.ts'

/** What an agent has and did: its worth, positions, balances and transactions, all as they change. */
export function AgentTrading({
  agent,
  selected,
  onSelect,
}: {
  agent: Agent
  selected: string | null
  onSelect: (positionId: string) => void
}): ReactElement {
  const query = useHoldings(agent.id)
  const { data: holdings } = query
  const error = holdings ? null : query.error
  const retry = (): void => void query.refetch()
  return (
    <>
      {holdings ? (
        <Worth holdings={holdings} />
      ) : error ? (
        <Notice error={error} onRetry={retry} />
      ) : (
        <div className="tiles tiles-waiting" />
      )}
      <div className="agent-columns">
        <div className="agent-main">
          <PositionsPanel
            agent={agent}
            open={holdings?.positions}
            {...{ error, selected, onSelect }}
            onRetry={retry}
          />
          <TransactionsPanel agentId={agent.id} />
        </div>
        <div className="agent-side">
          <Curve agentId={agent.id} holdings={holdings} />
          <BalancesPanel balances={holdings?.balances} error={error} onRetry={retry} />
        </div>
      </div>
    </>
  )
}

function Worth({ holdings }: { holdings: Holdings }): ReactElement {
  const { portfolio, positions } = holdings
  const prices = useLivePrices(positions)
  return (
    <>
      <Tiles worth={worthAt(portfolio, positions, prices)} testId="portfolio" />
      {portfolio.others.map((other) => (
        <Tiles
          key={other.currency}
          worth={worthAt(other, positions, prices)}
          testId={`portfolio-${other.currency}`}
        />
      ))}
    </>
  )
}

const NOTHING: readonly never[] = []

function Curve({ agentId, holdings }: { agentId: string; holdings: Holdings | undefined }): ReactElement {
  const positions = holdings?.positions ?? NOTHING
  const prices = useLivePrices(positions)
  const value = holdings && worthAt(holdings.portfolio, positions, prices).value
  return <EquityPanel agentId={agentId} value={value} currency={holdings?.portfolio.currency} />
}
