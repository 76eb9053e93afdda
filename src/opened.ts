import type { Cached } from './kinds/cached/cached.ts'
import type { CachedCounts } from './kinds/cached/counts.ts'
import type { CachedKeyspace } from './kinds/cached/declare.ts'
import type { IdempotencyKeyspace } from './kinds/idempotency/declare.ts'
import type { Idempotency } from './kinds/idempotency/outcomes.ts'
import type { LimiterKeyspace } from './kinds/limiter/declare.ts'
import type { Limiter } from './kinds/limiter/take.ts'
import type { LockKeyspace } from './kinds/lock/declare.ts'
import type { Lock } from './kinds/lock/run.ts'
import type { StrongKeyspace } from './kinds/strong/declare.ts'
import type { Strong, StrongCounts } from './kinds/strong/strong.ts'
import type { KeyspaceDescription } from './keyspace/describe.ts'
import type { Changes } from './write/changes.ts'
import type { WriteOptions } from './write/write.ts'

/** What `open` makes of one declaration. `Session` is what runs statements on the truth. */
export type Opened<Declared, Session = never> =
  Declared extends CachedKeyspace<infer Id, infer Value, never>
    ? Cached<Id, Value>
    : Declared extends StrongKeyspace<infer Id, infer Value, never>
      ? Strong<Id, Value>
      : Declared extends IdempotencyKeyspace<infer Id, infer Value>
        ? Idempotency<Id, Value, Session>
        : Declared extends LockKeyspace<infer Id>
          ? Lock<Id>
          : Declared extends LimiterKeyspace<infer Id>
            ? Limiter<Id>
            : never

/** Runs a transaction on the truth: see `Writer.write`. */
export type Write<Session> = <Result>(
  body: (tx: Session, changes: Changes) => Promise<Result>,
  options?: WriteOptions,
) => Promise<Result>

/** Declared state in use: one member for each keyspace, and the following; with a truth also `write`. */
export type State<Declarations, Session = never> = {
  readonly [Name in keyof Declarations]: Opened<Declarations[Name], Session>
} & {
  /** Names this state in signals. */
  readonly id: string
  /**
   * Removes the values with one of these tags from all cached keyspaces, at once, on every node, by one command for
   * each tag. Rejects when the store did not confirm.
   */
  invalidateTags(tags: readonly string[]): Promise<void>
  /** The declarations in plain values. */
  describe(): KeyspaceDescription[]
  /** What this process counted so far, by keyspace. Kinds that count nothing are left out. */
  counts(): Readonly<Record<string, CachedCounts | StrongCounts>>
  /** The store answers: resolves with its name. Rejects as any call to it does. */
  ping(): Promise<string>
  /** Ends all connections. Later calls are refused with ClosedError. */
  close(): Promise<void>
} & ([Session] extends [never]
    ? unknown
    : {
        /**
         * Runs `body` in a transaction of the truth. When it resolves, every strong read of what it changed is at
         * least as new, in any process.
         *
         * @throws what `body` or the database throws, and the store's errors when it cannot take the fences: rolled
         * back, all of it. WriteRolledBackError: likewise. WriteUnknownError: the outcome of the commit is not known.
         */
        readonly write: Write<Session>
      })
