import { ClosedError, DeclarationError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { Borrower } from './borrower.ts'
import type { LimiterKeyspace } from './declare.ts'
import type { Limit, LimitAsk, LimiterStore } from './port.ts'
import { parseRate, type Rate } from './rate.ts'
import type { Ask } from './together.ts'
import { reportWithout, withoutStore } from './without-store.ts'

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
   * Takes units, if they are there. What is denied consumes nothing. The store being away is no error: see `onStoreDown`.
   *
   * @throws InvalidIdError, ClosedError; DeclarationError for a cost or rate that is none
   */
  take(id: Id, options?: TakeOptions): Promise<Limit>
  /** The same as a part of `takeAll`; nothing is taken yet. @throws what `take` rejects with */
  ask(id: Id, options?: TakeOptions): Ask
}

/** Opens a declared limiter on a store. */
export function openLimiter<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: LimiterKeyspace<Id>,
  store: LimiterStore,
): Limiter<Id> {
  const { name, clock } = context
  const { borrow, onStoreDown, pattern } = keyspace
  const counting = borrow === undefined ? store : new Borrower(store, clock, borrow)

  const asked = (id: Id, { cost = 1, rate }: TakeOptions = {}): LimitAsk => {
    const key = pattern.key(id)
    if (context.isClosed()) throw new ClosedError()
    const rule =
      rate === undefined ? keyspace.rule : parseRate(keyspace.rule.algorithm, rate, `${name}.take.rate`)
    if (!Number.isInteger(cost) || cost < 1 || cost > rule.limit)
      throw new DeclarationError(
        `${name}.take.cost`,
        `${cost} is no whole number from 1 to the limit of ${rule.limit}`,
      )
    return { key, rule, cost }
  }

  return {
    async take(id, options) {
      const ask = asked(id, options)
      try {
        return await counting.take(ask)
      } catch (error) {
        reportWithout(context, 'take', error)
        const [answer] = await withoutStore([{ ask, onStoreDown }], store, clock)
        return answer as Limit
      }
    },
    ask: (id, options) => ({ context, store, ask: asked(id, options), onStoreDown }),
  }
}
