import { memo, useMemo, type ReactElement } from 'react'
import type { Keyspace } from '../api/shapes.ts'
import { Trace } from '../chart/trace.tsx'
import { formatBytes, formatCount, formatRate, formatShare } from '../format/count.ts'
import { formatAge, formatLatency, formatTtl } from '../format/duration.ts'
import { readsOf, shownCounts } from './keyspace-counts.ts'
import { currentRate, RATE_SAMPLES } from './keyspace-rates.ts'
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
  const points = useMemo(
    () => (rates ?? []).map((rate, index, all) => ({ x: index - all.length, y: rate })),
    [rates],
  )
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
            <Trace points={points} fromZero left={-RATE_SAMPLES} />
            <p>
              <strong>{formatRate(currentRate(rates))}</strong>
              <span className="panel-note">reads, last minute</span>
            </p>
          </div>
          <TierBar keyspace={keyspace} />
          <TierLegend keyspace={keyspace} />
          <p>{keyspaceSentence(keyspace)}</p>
        </>
      )}
      <Figures
        figures={[...(readable ? speedsOf(keyspace) : []), ...countsOf(keyspace), ...sharedFigures(keyspace)]}
      />
    </article>
  )
})

/** What is declared of it. A lock has little else to show. */
function Limits({ keyspace: { ttlMs, l1, details } }: { keyspace: Keyspace }): ReactElement {
  const { leaseMs, limit, periodMs } = details
  return (
    <p className="keyspace-limits">
      {ttlMs !== null && (
        <span>
          TTL <strong>{formatTtl(ttlMs)}</strong>
        </span>
      )}
      {typeof leaseMs === 'number' && (
        <span>
          Granted for a lease of <strong>{formatTtl(leaseMs)}</strong>
        </span>
      )}
      {typeof limit === 'number' && typeof periodMs === 'number' && (
        <span>
          Allows <strong>{formatCount(limit)}</strong> in {formatTtl(periodMs)}
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

interface Figure {
  readonly name: string
  readonly value: string
  readonly alarming?: boolean
  /** What it is of, where the name alone may mislead. */
  readonly title?: string
}

const HIT_RATIO = 'Hits among hits and loads. A read that waits for the load of another one is neither.'
const BEYOND_L1 =
  'Of reads that L1 did not answer: the shared store and the source. L1 takes no time worth measuring.'

function speedsOf({ hitRatio, readMs, loadMs }: Keyspace): readonly Figure[] {
  return [
    { name: 'Hit ratio', value: formatShare(hitRatio), title: HIT_RATIO },
    { name: 'Beyond L1 p50', value: formatLatency(readMs?.p50), title: BEYOND_L1 },
    { name: 'Beyond L1 p99', value: formatLatency(readMs?.p99), title: BEYOND_L1 },
    { name: 'Load p50', value: formatLatency(loadMs?.p50) },
    { name: 'Load p99', value: formatLatency(loadMs?.p99) },
  ]
}

const SHARED = 'Of all desks on this store together, some seconds ago.'
const SIZE =
  'In the shared store, some minutes ago at most. Bytes are measured of some keys and taken for all.'

/** What the store knows; nothing where it knows nothing. */
function sharedFigures({ shared }: Keyspace): readonly Figure[] {
  if (!shared) return []
  const { hitRatio, lastRefreshAgeMs, size } = shared
  const figures: Figure[] = []
  if (hitRatio !== null)
    figures.push({ name: 'Shared hit ratio', value: formatShare(hitRatio), title: SHARED })
  if (lastRefreshAgeMs !== null)
    figures.push({ name: 'Last refresh', value: `${formatAge(lastRefreshAgeMs)} ago`, title: SHARED })
  if (size && size.keys > 0) {
    figures.push({ name: 'Stored keys', value: formatCount(size.keys), title: SIZE })
    if (size.bytes !== null)
      figures.push({ name: 'Stored bytes', value: formatBytes(size.bytes), title: SIZE })
  }
  return figures
}

function countsOf(keyspace: Keyspace): readonly Figure[] {
  return shownCounts(keyspace).map(({ name, count, alarming }) => ({
    name,
    value: formatCount(count),
    alarming,
  }))
}

function Figures({ figures }: { figures: readonly Figure[] }): ReactElement | null {
  if (figures.length === 0) return null
  return (
    <dl className="figures">
      {figures.map(({ name, value, alarming, title }) => (
        <div key={name} data-alarming={alarming || undefined} title={title}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
