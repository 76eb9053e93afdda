import { ClosedError, DeclarationError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { LimiterKeyspace } from './declare.ts'
import type { LimiterStore, LimitState } from './port.ts'
import { parseRate, type Rate } from './rate.ts'

/** What a limiter answers. */
export interface Limit extends LimitState {
  /** Units per period. */
  readonly limit: number
  readonly periodMs: number
}

/** What to take. */
export interface TakeOptions {
  /** Units; a whole number from 1 to the limit. Default 1. */
  readonly cost?: number
  /** In the place of the declared rate, as from a setting. */
  readonly rate?: Rate
}

/** A rate limit in use. */
export interface Limiter<Id> {
  /**
   * Takes units, if they are there. What is denied consumes nothing.
   *
   * @throws InvalidIdError, ClosedError; DeclarationError for a cost or rate that is none
   */
  take(id: Id, options?: TakeOptions): Promise<Limit>
}

/** A denial without the store asks to come back after this long. */
const STORE_DOWN_RETRY_MS = 1_000

/** Opens a declared limiter on a store. */
export function openLimiter<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: LimiterKeyspace<Id>,
  store: LimiterStore,
): Limiter<Id> {
  return {
    async take(id, { cost = 1, rate } = {}) {
      const key = keyspace.pattern.key(id)
      if (context.isClosed()) throw new ClosedError()
      const { limit, periodMs } =
        rate === undefined ? keyspace.rate : parseRate(rate, `${context.name}.take.rate`)
      if (!Number.isInteger(cost) || cost < 1 || cost > limit)
        throw new DeclarationError(
          `${context.name}.take.cost`,
          `${cost} is no whole number from 1 to the limit of ${limit}`,
        )
      try {
        return { ...(await store.take(key, limit, periodMs, cost)), limit, periodMs }
      } catch (error) {
        const { state, name } = context
        if (signals.storeFailure.hasSubscribers)
          signals.storeFailure.publish({ state, keyspace: name, operation: 'take', error })
        const allowed = keyspace.onStoreDown === 'allow'
        const retryAfterMs = allowed ? 0 : STORE_DOWN_RETRY_MS
        return { allowed, remaining: 0, retryAfterMs, resetMs: retryAfterMs, limit, periodMs }
      }
    },
  }
}
