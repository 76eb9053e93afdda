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

/** A lease that ended before its work, or a release that found the lock gone. */
export interface LeaseSignal {
  readonly state: string
  readonly keyspace: string
  readonly key: string
  readonly event: 'lost' | 'released-late'
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
} = {
  read: channel('holdfast:read'),
  load: channel('holdfast:load'),
  refusedFill: channel('holdfast:refused-fill'),
  badEntry: channel('holdfast:bad-entry'),
  storeFailure: channel('holdfast:store-failure'),
  connection: channel('holdfast:connection'),
  lease: channel('holdfast:lease'),
}
