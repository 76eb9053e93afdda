import type { ReactElement } from 'react'
import { Empty, Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { formatRate, formatShare } from '../format/count.ts'
import { formatUptime } from '../format/duration.ts'
import { TIERS } from '../market/provenance.tsx'
import { KeyspaceCard } from './keyspace-card.tsx'
import { missesOf, readsOf } from './keyspace-counts.ts'
import { currentRate, type ObservedState } from './keyspace-rates.ts'
import { busiestFirst } from './busiest-first.ts'
import { useStateData } from './use-state-data.ts'

/** The state layer as it works: every declared keyspace with its hits, tiers and latencies. */
export function StateScreen(): ReactElement {
  const { observed, error, retry } = useStateData()
  return (
    <div className="state" data-testid="state-panel">
      <header className="screen-head">
        <h1 tabIndex={-1}>State layer</h1>
        <p>
          Every read is answered by the nearest tier that has the value: the memory of this process (L1), the
          shared store (L2), or the source itself.
        </p>
      </header>
      {observed ? (
        <>
          <Summary observed={observed} />
          <Keyspaces observed={observed} />
        </>
      ) : error ? (
        <Notice error={error} onRetry={retry} />
      ) : (
        <Skeleton rows={10} label="Loading the state layer" />
      )}
    </div>
  )
}

function Keyspaces({ observed: { state, rates } }: { observed: ObservedState }): ReactElement {
  const keyspaces = busiestFirst(state.keyspaces)
  if (keyspaces.length === 0) return <Empty title="No keyspaces">This desk declares no state yet.</Empty>
  return (
    <div className="keyspaces">
      {keyspaces.map((keyspace) => (
        <KeyspaceCard key={keyspace.name} keyspace={keyspace} rates={rates.get(keyspace.name)} />
      ))}
    </div>
  )
}

function Summary({ observed: { state, rates } }: { observed: ObservedState }): ReactElement {
  const reads = state.keyspaces.reduce((sum, keyspace) => sum + readsOf(keyspace), 0)
  const misses = state.keyspaces.reduce((sum, keyspace) => sum + missesOf(keyspace), 0)
  const perSecond = state.keyspaces.reduce((sum, { name }) => sum + (currentRate(rates.get(name)) ?? 0), 0)
  return (
    <dl className="summary">
      <div>
        <dt>Reads</dt>
        <dd>{formatRate(perSecond)}</dd>
      </div>
      <div>
        <dt>Answered from cache</dt>
        <dd>{formatShare(reads > 0 ? 1 - misses / reads : null)}</dd>
      </div>
      <div>
        <dt>Tiers</dt>
        <dd>{state.tiers.map(tierName).join(' → ')}</dd>
      </div>
      <div>
        <dt>Store</dt>
        <dd>{state.store === 'redis' ? 'Redis' : state.store}</dd>
      </div>
      <div>
        <dt>Up for</dt>
        <dd>{formatUptime(state.uptimeMs)}</dd>
      </div>
    </dl>
  )
}

function tierName(tier: string): string {
  return tier in TIERS ? TIERS[tier as keyof typeof TIERS].name : tier
}
