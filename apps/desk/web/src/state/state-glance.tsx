import type { ReactElement } from 'react'
import { Notice } from '../feedback/notice.tsx'
import { Skeleton } from '../feedback/skeleton.tsx'
import { formatRate, formatShare } from '../format/count.ts'
import { hrefOf } from '../router/route.ts'
import { currentRate, type ObservedState } from './keyspace-rates.ts'
import { TierBar } from './tier-bar.tsx'
import { busiestFirst } from './busiest-first.ts'
import { useStateData } from './use-state-data.ts'

/** The busiest ones are a glance; the rest are on the state screen. */
const MOST_KEYSPACES = 6

/** The state layer in a few lines: who answers the reads, and how many there are. */
export function StateGlance(): ReactElement {
  const { observed, error, retry } = useStateData()
  return (
    <section className="panel" aria-labelledby="glance-state">
      <header className="panel-head">
        <h2 id="glance-state">State layer</h2>
        <span className="panel-note">reads by the tier that answered</span>
        <a href={hrefOf({ screen: 'state' })}>Details</a>
      </header>
      {observed ? (
        <Keyspaces observed={observed} />
      ) : error ? (
        <Notice error={error} onRetry={retry} />
      ) : (
        <Skeleton rows={3} label="Loading the state layer" />
      )}
    </section>
  )
}

function Keyspaces({ observed: { state, rates } }: { observed: ObservedState }): ReactElement {
  const keyspaces = busiestFirst(state.keyspaces).filter(({ kind }) => kind === 'cached')
  return (
    <ul className="glance">
      {keyspaces.slice(0, MOST_KEYSPACES).map((keyspace) => (
        <li key={keyspace.name}>
          <span className="glance-name">{keyspace.name}</span>
          <TierBar keyspace={keyspace} />
          <span className="figure">{formatShare(keyspace.hitRatio)}</span>
          <span className="figure">{formatRate(currentRate(rates.get(keyspace.name)))}</span>
        </li>
      ))}
    </ul>
  )
}
