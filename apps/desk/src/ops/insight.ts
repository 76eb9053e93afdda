import type { Clock } from 'holdfast'
import type { Collector, KeyspaceSnapshot } from 'holdfast/observe'
import type { PriceSource } from '../market/price-source.ts'
import type { ReplayProgress } from '../market/replay/progress.ts'
import type { Alert, Alerts } from './alerts.ts'
import type { SharedKeyspace, SharedView } from './shared-view.ts'

/** A login that may be shown to whoever opens the page. */
export interface DemoLogin {
  readonly email: string
  readonly password: string
}

/** What this desk runs on. */
export interface DeskMode {
  readonly priceSource: 'simulator' | 'replay'
  readonly store: 'redis' | 'memory'
  readonly database: 'embedded' | 'external'
  readonly execution: 'paper' | 'venue'
}

/** What the desk says about itself: plain values, ready to be sent. */
export interface Insight {
  status(): DeskStatus
  state(): StateSnapshot
  /** The login of the demo, where it may be shown; null where nobody may ask for it. Not part of what is streamed. */
  readonly demo: DemoLogin | null
}

/** See `Insight.status`. */
export interface DeskStatus {
  readonly version: string
  readonly mode: DeskMode
  readonly replay: ReplayStatus | null
  /** What a person should look at now. */
  readonly alerts: Alert[]
}

type ReplayStatus = Pick<
  ReplayProgress,
  'file' | 'symbol' | 'speed' | 'share' | 'ticks' | 'malformed' | 'loops' | 'done'
> & {
  /** The venue's time of the last tick. */
  readonly eventTime: number | null
}

/** See `Insight.state`. */
export interface StateSnapshot {
  readonly uptimeMs: number
  readonly store: string
  readonly tiers: string[]
  readonly keyspaces: KeyspaceRow[]
}

interface KeyspaceRow {
  readonly name: string
  readonly kind: string
  readonly key: string
  readonly about: string
  readonly ttlMs: number | null
  /** The rest of its declaration, by the names of its kind: `leaseMs` of a lock, `limit` and `periodMs` of a limiter. */
  readonly details: KeyspaceSnapshot['details']
  readonly l1: { readonly entries: number; readonly maxEntries: number } | null
  readonly counts: Record<string, number>
  readonly hitRatio: number | null
  readonly readMs: { readonly p50: number; readonly p99: number } | null
  readonly loadMs: { readonly p50: number; readonly p99: number } | null
  /** What the store knows of it; the rest is this desk's own. */
  readonly shared: SharedKeyspace | null
}

/** What insight is made from. */
export interface InsightParts {
  readonly version: string
  readonly mode: DeskMode
  readonly demo: DemoLogin | null
  readonly source: PriceSource
  readonly collector: Collector
  readonly shared: SharedView
  readonly alerts: Pick<Alerts, 'current'>
  readonly clock: Clock
}

/** Insight into a desk that starts now. */
export function createInsight(parts: InsightParts): Insight {
  const { version, mode, demo, source, collector, shared, alerts, clock } = parts
  const startedMs = clock.now()
  return {
    demo,
    status: () => ({ version, mode, replay: replayStatus(source), alerts: alerts.current() }),
    state: () => ({
      uptimeMs: Math.round(clock.now() - startedMs),
      store: mode.store,
      tiers: ['l1', 'l2', 'source'],
      keyspaces: collector
        .snapshot()
        .map(({ name, kind, key, about, details, counts, hitRatio, readMs, loadMs }) => {
          const { ttlMs, l1MaxEntries } = details
          const { l1Entries = 0, ...counted } = counts ?? {}
          return {
            name,
            kind,
            key,
            about,
            ttlMs: typeof ttlMs === 'number' ? ttlMs : null,
            details,
            l1: typeof l1MaxEntries === 'number' ? { entries: l1Entries, maxEntries: l1MaxEntries } : null,
            counts: counted,
            hitRatio,
            readMs,
            loadMs,
            shared: shared.of(name),
          }
        }),
    }),
  }
}

function replayStatus(source: PriceSource): ReplayStatus | null {
  const progress = source.progress()
  if (!isReplay(progress)) return null
  const { file, symbol, speed, share, ticks, malformed, loops, done, eventTimeMs } = progress
  return { file, symbol, speed, share, ticks, malformed, loops, done, eventTime: eventTimeMs }
}

function isReplay(progress: object): progress is ReplayProgress {
  return 'share' in progress
}
