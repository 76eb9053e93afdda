import { channel, type Channel } from 'node:diagnostics_channel'

/**
 * What Holdfast tells about its work, over `node:diagnostics_channel`: free when nobody listens.
 *
 * A sender asks `signals.read.hasSubscribers` before it builds the message. Counts that must be exact are kept by
 * the keyspaces themselves (`state.counts()`); signals carry what a count cannot: durations and causes.
 */

/** Where a value came from. `l1`: memory of this process; `l2`: the store; `source`: the loader. */
export type Tier = 'l1' | 'l2' | 'source'

/** A read that memory could not answer. `durationMs` covers all `keys` of the call. */
export interface ReadSignal {
  readonly state: string
  readonly keyspace: string
  readonly tier: Exclude<Tier, 'l1'>
  readonly keys: number
  readonly durationMs: number
}

/** A call of a loader. */
export interface LoadSignal {
  readonly state: string
  readonly keyspace: string
  readonly keys: number
  readonly durationMs: number
  readonly outcome: 'loaded' | 'failed' | 'timeout'
  readonly error?: unknown
}

/** A load that was overtaken by an invalidation or a write: its value was not stored. */
export interface RefusedFillSignal {
  readonly state: string
  readonly keyspace: string
  readonly key: string
}

/** A stored entry that could not be read: wrong format, or refused by the schema. It counts as a miss. */
export interface BadEntrySignal {
  readonly state: string
  readonly keyspace: string
  readonly key: string
  readonly problem: string
}

/** The store failed a call that went on without it. */
export interface StoreFailureSignal {
  readonly state: string
  readonly keyspace: string
  readonly operation: string
  readonly error: unknown
}

/** A connection to the store came up or was lost. */
export interface ConnectionSignal {
  readonly event: 'up' | 'lost'
  readonly endpoint: string
  readonly error?: unknown
}

/**
 * A lease that was `lost` before its work ended, or a release that found the lock gone. `unconfirmed`: a renewal had no
 * answer; `error` says why. It is tried again while the lease is trusted.
 */
export interface LeaseSignal {
  readonly state: string
  readonly keyspace: string
  readonly key: string
  readonly event: 'lost' | 'released-late' | 'unconfirmed'
  readonly error?: unknown
}

/**
 * What happens to the gate, as this process sees it.
 *
 * - `moved`: it is in another state, or another epoch, because of `reason`.
 * - `trusted`, `distrusted`: from now on strong reads may be answered by the store, or by PostgreSQL alone.
 * - `blocked`: it cannot open because of old transactions: `blockers` says which, and what ends them.
 * - `alarm`: something happened that must not: fences were lost. The gate closes.
 * - `failed`: the gate could not be looked at, or moved; `error` says why. It is tried again.
 */
export interface GateSignal {
  readonly state: string
  readonly namespace: string
  readonly event: 'moved' | 'trusted' | 'distrusted' | 'blocked' | 'alarm' | 'failed'
  readonly gate: 'open' | 'closing' | 'closed' | 'opening' | 'unknown'
  readonly epoch: string
  readonly reason?: string
  readonly blockers?: readonly string[]
  readonly error?: unknown
}

/**
 * What happens to the outbox of a namespace.
 *
 * - `active`, `standby`: from now on this process is the one that relays, or not.
 * - `relayed`: `count` messages were handed on.
 * - `recalled`: the store had lost `count` messages; they are handed on again.
 * - `refused`: the message with the event `id` will never be taken, because of `reason`. It stays in the table.
 * - `failed`: a destination or the database could not be used. It is tried again.
 */
export interface OutboxSignal {
  readonly state: string
  readonly namespace: string
  readonly event: 'active' | 'standby' | 'relayed' | 'recalled' | 'refused' | 'failed'
  /** The kind of destination. */
  readonly kind?: string
  readonly count?: number
  readonly id?: string
  readonly reason?: string
  readonly error?: unknown
}

/** An attempt at a job ended: it is done, waits for the next one, or is dead. */
export interface JobSignal {
  readonly state: string
  readonly keyspace: string
  readonly id: string
  readonly attempt: number
  readonly outcome: 'done' | 'again' | 'dead'
  readonly durationMs: number
  readonly error?: unknown
}

/** Ticks of a schedule were fired, failed in their run, or were given up. `tickMs`: the latest, since 1970. */
export interface TickSignal {
  readonly state: string
  readonly keyspace: string
  readonly event: 'fired' | 'failed' | 'missed'
  readonly tickMs: number
  readonly error?: unknown
}

/**
 * Lines of a log are lost, `count` of them. `buffer`: they waited in this process for the store, and were too many, or
 * it was closed. `store`: they were in the store, and were dropped or lost there before they were carried to
 * PostgreSQL; of lost ones there may have been more.
 */
export interface LogLossSignal {
  readonly state: string
  readonly keyspace: string
  readonly reason: 'buffer' | 'store'
  readonly count: number
}

interface TypedChannel<Message> extends Channel {
  publish(message: Message): void
}

/** All channels. Subscribe by name with `diagnostics_channel.subscribe('holdfast:read', …)`. */
export const signals: {
  readonly read: TypedChannel<ReadSignal>
  readonly load: TypedChannel<LoadSignal>
  readonly refusedFill: TypedChannel<RefusedFillSignal>
  readonly badEntry: TypedChannel<BadEntrySignal>
  readonly storeFailure: TypedChannel<StoreFailureSignal>
  readonly connection: TypedChannel<ConnectionSignal>
  readonly lease: TypedChannel<LeaseSignal>
  readonly gate: TypedChannel<GateSignal>
  readonly outbox: TypedChannel<OutboxSignal>
  readonly job: TypedChannel<JobSignal>
  readonly tick: TypedChannel<TickSignal>
  readonly logLoss: TypedChannel<LogLossSignal>
} = {
  read: channel('holdfast:read'),
  load: channel('holdfast:load'),
  refusedFill: channel('holdfast:refused-fill'),
  badEntry: channel('holdfast:bad-entry'),
  storeFailure: channel('holdfast:store-failure'),
  connection: channel('holdfast:connection'),
  lease: channel('holdfast:lease'),
  gate: channel('holdfast:gate'),
  outbox: channel('holdfast:outbox'),
  job: channel('holdfast:job'),
  tick: channel('holdfast:tick'),
  logLoss: channel('holdfast:log-loss'),
}
