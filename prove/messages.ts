import type { Duration, StrongCounts } from 'holdfast'
import type { Account, Group, Shape } from './bank.ts'
import type { Act, Point } from './points.ts'
import type { Lateness } from './watched.ts'

// What a run and its workers say to each other.

/** Where the workers find Redis. */
export type RedisPlace =
  | { readonly url: string }
  | {
      readonly sentinel: {
        readonly name: string
        readonly nodes: readonly { readonly host: string; readonly port: number }[]
        readonly password: string
        readonly sentinelPassword: string
      }
    }

/** How hard a worker works. */
export interface Load {
  readonly readers: number
  readonly writers: number
  /** A reader rests for up to this long between two reads, a writer between two writes. */
  readonly readRestMs: number
  readonly writeRestMs: number
  /**
   * And until its process has read about so often since, so that the share of writes is the same on a slow machine. 0:
   * it does not wait for that. In an outage it does not wait for long.
   */
  readonly readsPerWrite: number
  /** How long entries live. */
  readonly ttl: Duration
  readonly late: Lateness
  /** Writers rest before they commit, for up to so long. */
  readonly commitRestMs: number
}

/** What a worker counts. */
export interface WorkCounts extends Pick<
  StrongCounts,
  'l2Hits' | 'misses' | 'loads' | 'healed' | 'refusedFills' | 'fenced'
> {
  /** Of the reads, those of one key right after it was changed, or seen to have changed; and which Redis answered. */
  chases: number
  chaseHits: number
}

/** What a worker is to do. */
export interface WorkerOrder {
  readonly databaseUrl: string
  readonly redis: RedisPlace
  readonly namespace: string
  readonly shape: Shape
  readonly load: Load
  /** The protocol as it is, or a design that is wrong. */
  readonly design: string
  /** Counts the processes: which one this is. */
  readonly incarnation: number
  readonly logPath: string
}

/** What a worker is told. */
export type ToWorker =
  /** Where the others hear of writes (UDP). */
  | { readonly kind: 'peers'; readonly ports: readonly number[] }
  | { readonly kind: 'arm'; readonly point: Point; readonly act: Act }
  /** No more work; the log is complete when it answers. */
  | { readonly kind: 'rest' }
  /** Read every key, until the store answers. */
  | { readonly kind: 'final' }

/** What a worker tells. Times are nanoseconds of the host's monotonic clock. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'trust'; readonly isTrusted: boolean; readonly at: number }
  | { readonly kind: 'reached'; readonly point: Point; readonly act: Act }
  | {
      readonly kind: 'progress'
      readonly at: number
      readonly operations: number
      readonly counts: WorkCounts
      /** The longest read that ended since the last report. */
      readonly longestReadMs: number
      /** Calls that failed so far, by code. */
      readonly errors: Readonly<Record<string, number>>
    }
  /** Money was made or lost. */
  | { readonly kind: 'money'; readonly problem: string }
  | { readonly kind: 'resting' }
  | {
      readonly kind: 'final'
      readonly accounts: readonly (Account | null)[]
      readonly groups: readonly (Group | null)[]
      /** Keys that the store did not answer for in time, and what else is to be said of that. */
      readonly cold: readonly string[]
    }
