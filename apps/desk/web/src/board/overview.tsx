import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { StatusMark } from '../agents/status-mark.tsx'
import type { Asset } from '../api/shapes.ts'
import { PriceChart } from '../chart/price-chart.tsx'
import { useDesk } from '../desk-context.ts'
import { formatRate, formatShare } from '../format/count.ts'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { INTERVAL_MS } from '../market/candles.ts'
import { useCandles } from '../market/use-candles.ts'
import { hrefOf } from '../router/route.ts'
import { currentRate } from '../state/keyspace-rates.ts'
import { TierBar } from '../state/tier-bar.tsx'
import { useStateData } from '../state/use-state-data.ts'

/** Beside the board: the active row's chart, and the state layer and agents at a glance. */
export function Overview({ asset }: { asset: Asset }): ReactElement {
  return (
    <aside className="overview" aria-label="Overview">
      <Preview asset={asset} />
      <StateGlance />
      <AgentsGlance />
    </aside>
  )
}

function Preview({ asset }: { asset: Asset }): ReactElement {
  const { candles, query } = useCandles(asset.chain, asset.asset, '1m')
  return (
    <section className="panel preview">
      <header className="panel-head">
        <h2>
          {asset.symbol} / {asset.quote}
        </h2>
        <span className="panel-note">1 min</span>
        <a href={hrefOf({ screen: 'asset', chain: asset.chain, asset: asset.asset })}>Open {asset.symbol}</a>
      </header>
      <div className="preview-chart">
        {candles && candles.length > 0 ? (
          <PriceChart
            candles={candles}
            intervalMs={INTERVAL_MS['1m']}
            type="candles"
            testId="chart-preview"
          />
        ) : query.isError ? (
          <Notice error={query.error} onRetry={() => void query.refetch()} />
        ) : query.isPending ? (
          <Skeleton rows={5} label={`Loading the chart of ${asset.symbol}`} />
        ) : (
          <p className="empty">No trades of {asset.symbol} yet.</p>
        )}
      </div>
    </section>
  )
}

function StateGlance(): ReactElement {
  const { observed, query } = useStateData()
  return (
    <section className="panel" aria-labelledby="glance-state">
      <header className="panel-head">
        <h2 id="glance-state">State layer</h2>
        <span className="panel-note">reads by the tier that answered</span>
        <a href={hrefOf({ screen: 'state' })}>Details</a>
      </header>
      {observed ? (
        <ul className="glance">
          {observed.state.keyspaces
            .filter(({ kind }) => kind === 'cached')
            .map((keyspace) => (
              <li key={keyspace.name}>
                <span className="glance-name">{keyspace.name}</span>
                <TierBar keyspace={keyspace} />
                <span className="figure">{formatShare(keyspace.hitRatio)}</span>
                <span className="figure">{formatRate(currentRate(observed.rates.get(keyspace.name)))}</span>
              </li>
            ))}
        </ul>
      ) : query.isError ? (
        <Notice error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Skeleton rows={3} label="Loading the state layer" />
      )}
    </section>
  )
}

function AgentsGlance(): ReactElement {
  const agents = useQuery(useDesk().queries.agents)
  return (
    <section className="panel" aria-labelledby="glance-agents">
      <header className="panel-head">
        <h2 id="glance-agents">Agents</h2>
        <a href={hrefOf({ screen: 'agents' })}>Manage</a>
      </header>
      {agents.data ? (
        <ul className="glance-agents">
          {agents.data.length === 0 && <li>No agents yet.</li>}
          {agents.data.map((agent) => (
            <li key={agent.id}>
              <span className="glance-name">{agent.name}</span>
              <span className="panel-note">{agent.mode}</span>
              <StatusMark status={agent.status} />
            </li>
          ))}
        </ul>
      ) : agents.isError ? (
        <Notice error={agents.error} onRetry={() => void agents.refetch()} />
      ) : (
        <Skeleton rows={2} label="Loading the agents" />
      )}
    </section>
  )
}
