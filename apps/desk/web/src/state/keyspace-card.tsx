import { memo, useMemo, type ReactElement } from 'react'
import type { Keyspace } from '../api/shapes.ts'
import { Trace } from '../chart/trace.tsx'
import { formatCount, formatRate, formatShare } from '../format/count.ts'
import { formatLatency, formatTtl } from '../format/duration.ts'
import { currentRate, missesOf, readsOf } from './keyspace-rates.ts'
import { keyspaceSentence } from './keyspace-sentence.ts'
import { TierBar, tierShares } from './tier-bar.tsx'

/** One keyspace: what it holds, who answered its reads, how fast, and how often just now. */
export const KeyspaceCard = memo(function KeyspaceCard({
  keyspace,
  rates,
}: {
  keyspace: Keyspace
  rates: readonly number[] | undefined
}): ReactElement {
  const points = useMemo(() => (rates ?? []).map((rate, second) => ({ x: second, y: rate })), [rates])
  // A lock, for one, has no values to read; there is nothing to count then.
  const readable = keyspace.kind === 'cached' || readsOf(keyspace) > 0
  return (
    <article className="panel keyspace" data-testid={`keyspace-${keyspace.name}`} aria-label={keyspace.name}>
      <header className="keyspace-head">
        <h2>{keyspace.name}</h2>
        <span className="mode">{keyspace.kind}</span>
        <code>{keyspace.key}</code>
      </header>
      <p className="keyspace-about">{keyspace.about}</p>
      <Limits keyspace={keyspace} />
      {readable && (
        <>
          <div className="keyspace-live">
            <Trace points={points} fromZero />
            <p>
              <strong>{formatRate(currentRate(rates))}</strong>
              <span className="panel-note">reads, last minute</span>
            </p>
          </div>
          <TierBar keyspace={keyspace} />
          <TierLegend keyspace={keyspace} />
          <p>{keyspaceSentence(keyspace)}</p>
          <Figures keyspace={keyspace} />
        </>
      )}
    </article>
  )
})

function Limits({ keyspace: { ttlMs, l1 } }: { keyspace: Keyspace }): ReactElement {
  return (
    <p className="keyspace-limits">
      {ttlMs !== null && (
        <span>
          TTL <strong>{formatTtl(ttlMs)}</strong>
        </span>
      )}
      {l1 && (
        <span>
          L1 holds <strong>{formatCount(l1.entries)}</strong> of {formatCount(l1.maxEntries)} entries
        </span>
      )}
    </p>
  )
}

function TierLegend({ keyspace }: { keyspace: Keyspace }): ReactElement {
  const counted = readsOf(keyspace) > 0
  return (
    <ul className="tier-legend">
      {tierShares(keyspace).map(({ tier, name, share }) => (
        <li key={tier} data-tier={tier}>
          {name} <strong>{formatShare(counted ? share : null)}</strong>
        </li>
      ))}
    </ul>
  )
}

function Figures({ keyspace }: { keyspace: Keyspace }): ReactElement {
  const { counts, readMs, loadMs } = keyspace
  const figures: readonly (readonly [name: string, value: string, alert?: boolean])[] = [
    ['Hit ratio', formatShare(keyspace.hitRatio)],
    ['L1 hits', formatCount(counts.l1Hits)],
    ['L2 hits', formatCount(counts.l2Hits)],
    ['Misses', formatCount(missesOf(keyspace))],
    ['Loads', formatCount(counts.loads)],
    ['Errors', formatCount(counts.errors), counts.errors > 0],
    ['Served stale', formatCount(counts.stale)],
    ['Absent', formatCount(counts.absent)],
    ['Read p50', formatLatency(readMs?.p50)],
    ['Read p99', formatLatency(readMs?.p99)],
    ['Load p50', formatLatency(loadMs?.p50)],
    ['Load p99', formatLatency(loadMs?.p99)],
  ]
  return (
    <dl className="figures">
      {figures.map(([name, value, alert]) => (
        <div key={name} data-alert={alert}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
