import type { Clock } from '../../core/clock.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { Answer } from './answer.ts'
import type { OnStoreDown } from './declare.ts'
import { InProcessLimits } from './in-process.ts'
import type { Limit, LimitAsk, LimiterStore } from './port.ts'

/** A denial without the store asks to come back after this long. */
const STORE_DOWN_RETRY_MS = 1_000

/** What is known without a store: of all limiters that stand on it. It outlives outages, so that none begins anew. */
const LOCAL = new WeakMap<LimiterStore, InProcessLimits>()

function localOf(store: LimiterStore, clock: Clock): InProcessLimits {
  const local = LOCAL.get(store) ?? new InProcessLimits(clock)
  LOCAL.set(store, local)
  return local
}

/** An ask, and what its limiter does without the store. */
export interface AskWithout {
  readonly ask: LimitAsk
  readonly onStoreDown: OnStoreDown
}

/** What these asks come to while `store` is away. */
export async function withoutStore(
  asks: readonly AskWithout[],
  store: LimiterStore,
  clock: Clock,
): Promise<Limit[]> {
  // One that denies denies all, and then nothing is counted.
  if (asks.some(({ onStoreDown }) => onStoreDown === 'deny'))
    return asks.map(
      ({ ask }) =>
        new Answer(ask.rule, false, 0, STORE_DOWN_RETRY_MS, STORE_DOWN_RETRY_MS, STORE_DOWN_RETRY_MS),
    )
  const own = asks.filter(({ onStoreDown }) => onStoreDown === 'local').map(({ ask }) => ask)
  const counted = own.length === 0 ? [] : await localOf(store, clock).takeAll(own)
  return asks.map(({ ask, onStoreDown }) =>
    onStoreDown === 'local'
      ? (counted.shift() as Limit)
      : // Nobody counts, so all of it may be taken.
        new Answer(ask.rule, true, ask.rule.limit, 0, 0, 0),
  )
}

/** Tells that the store did not count for this limiter. */
export function reportWithout({ state, name }: KeyspaceContext, operation: string, error: unknown): void {
  if (signals.storeFailure.hasSubscribers)
    signals.storeFailure.publish({ state, keyspace: name, operation, error })
}
