import { type Clock, systemClock } from '../core/clock.ts'
import { type LoadSignal, type ReadSignal, signals } from '../core/signals.ts'
import type { KeyspaceDescription } from '../keyspace/describe.ts'
import { hitRatio } from '../keyspace/hit-ratio.ts'
import { Histogram } from './histogram.ts'

/** What the collector needs of a state. */
export interface ObservableState {
  readonly id: string
  describe(): KeyspaceDescription[]
  counts(): Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Quantiles of the last one to two minutes. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** One keyspace at one moment: its declaration, what it counted, how long it took. */
export interface KeyspaceSnapshot extends KeyspaceDescription {
  /** Exact counts since the state was opened; null for a kind that counts nothing. */
  readonly counts: Readonly<Record<string, number>> | null
  /** See `hitRatio`: hits among hits and loads; null before the first of them. */
  readonly hitRatio: number | null
  /** Reads that memory could not answer, in milliseconds. */
  readonly readMs: Latency | null
  /** Calls of the loader, in milliseconds. */
  readonly loadMs: Latency | null
}

/** Watches one state. */
export interface Collector {
  /** All keyspaces at this moment, in the order of their declaration. */
  snapshot(): KeyspaceSnapshot[]
  /** Stops watching. */
  close(): void
}

/** Watches `state`: turns declarations, counts and signals into what panels and metrics show. */
export function collect(state: ObservableState, clock: Clock = systemClock): Collector {
  const reads = new Map<string, Histogram>()
  const loads = new Map<string, Histogram>()
  const listenTo = (histograms: Map<string, Histogram>) => {
    return (message: unknown): void => {
      const signal = message as ReadSignal | LoadSignal
      if (signal.state !== state.id) return
      let histogram = histograms.get(signal.keyspace)
      if (!histogram) histograms.set(signal.keyspace, (histogram = new Histogram(clock)))
      histogram.record(signal.durationMs)
    }
  }
  const onRead = listenTo(reads)
  const onLoad = listenTo(loads)
  signals.read.subscribe(onRead)
  signals.load.subscribe(onLoad)

  return {
    snapshot() {
      const counts = state.counts()
      return state.describe().map((description) => {
        const counted = counts[description.name] ?? null
        return {
          ...description,
          counts: counted,
          hitRatio: counted && hitRatio(counted, description.details['loader'] !== false),
          readMs: latency(reads.get(description.name)),
          loadMs: latency(loads.get(description.name)),
        }
      })
    },
    close() {
      signals.read.unsubscribe(onRead)
      signals.load.unsubscribe(onLoad)
    },
  }
}

function latency(histogram: Histogram | undefined): Latency | null {
  const p50 = histogram?.quantile(0.5) ?? null
  const p99 = histogram?.quantile(0.99) ?? null
  return p50 === null || p99 === null ? null : { p50, p99 }
}
