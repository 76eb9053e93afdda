import { ClosedError, DeclarationError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { OnStoreDown } from './declare.ts'
import type { Limit, LimitAsk, LimiterStore } from './port.ts'
import { reportWithout, withoutStore } from './without-store.ts'

/** What `takeAll` is to take of one limiter: made by its `ask`, and of use for nothing else. */
export interface Ask {
  readonly context: KeyspaceContext
  readonly store: LimiterStore
  readonly ask: LimitAsk
  readonly onStoreDown: OnStoreDown
}

/** What several limiters answer together. */
export interface JointLimit {
  /** All units were taken; otherwise none. */
  readonly allowed: boolean
  /** How long until what was missing would be there; 0 when all was taken. */
  readonly retryAfterMs: number
  /** In the order of the asks. `allowed` of each: whether that one alone would have been. */
  readonly limits: readonly Limit[]
}

/** The most limits that are taken together. */
const MOST_TOGETHER = 32

/**
 * Takes units of several limits in one step and one round trip: all of them, or none.
 *
 *     const joint = await takeAll([state.perUser.ask({ userId }), state.perVenue.ask({ userId, venue }, { cost: 2 })])
 *
 * All limiters are of one state. On a Cluster their keys must lie in one slot: declare them with the same `slot`. Without
 * the store each does what it declared, and one that denies denies all.
 *
 * @throws ClosedError; DeclarationError for none or more than 32, for two asks of one limit (ask once, for the sum), for
 * limiters of two states, and for keys of two slots
 */
export async function takeAll(asks: readonly Ask[]): Promise<JointLimit> {
  const [first] = asks
  if (!first || asks.length > MOST_TOGETHER)
    throw new DeclarationError('takeAll', `takes 1 to ${MOST_TOGETHER} asks, not ${asks.length}`)
  const { context, store } = first
  if (context.isClosed()) throw new ClosedError()
  if (asks.some((each) => each.store !== store || each.context.state !== context.state))
    throw new DeclarationError(
      'takeAll',
      'takes limiters of one state: one that is open elsewhere has a store of its own',
    )
  const parts = asks.map(({ ask }) => ask)
  if (new Set(parts.map(({ key }) => key)).size < parts.length)
    throw new DeclarationError('takeAll', 'takes each limit once: ask for the sum as its cost')
  let limits: Limit[]
  try {
    limits = await store.takeAll(parts)
  } catch (error) {
    if (error instanceof DeclarationError) throw error
    for (const each of asks) reportWithout(each.context, 'takeAll', error)
    limits = await withoutStore(asks, store, context.clock)
  }
  return {
    allowed: limits.every(({ allowed }) => allowed),
    retryAfterMs: Math.max(...limits.map(({ retryAfterMs }) => retryAfterMs)),
    limits,
  }
}
