/**
 * The order of a money route: was it done before, is it too much, then the work. Of equal requests that come at once
 * the first one alone is counted by the limiter; the others find its result, or are told that it is under way.
 */
import { LeaseLostError, LockNotAcquiredError } from 'holdfast'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import type { TradeOptions } from '../trading/trading.ts'

const LOOK_AGAIN_MS = 1_000

/**
 * Runs `work` as the only request with this key. `admit` is the limiter: what it throws refuses a new order.
 *
 * @throws what `work` throws; DeskError TRADE_IN_PROGRESS; the store's errors, for an order that is new
 */
export async function admitOnce<Answer>(
  { requestLock }: Pick<DeskState, 'requestLock'>,
  id: { readonly userId: string; readonly key: string },
  admit: () => Promise<void>,
  work: (options: TradeOptions) => Promise<Answer>,
): Promise<Answer> {
  let started: Promise<Answer> | undefined
  try {
    await requestLock.run(id, async () => {
      started = work({ admit })
      await started
    })
  } catch (error) {
    // Without the lock, what was done before is still told; what is new is not begun.
    if (!started) return work({ admit: () => Promise.reject(notFirst(error)) })
    // However long it took, it was done once: the lock is about the limiter alone.
    if (!(error instanceof LeaseLostError)) throw error
  }
  if (!started) throw new Error('the lock resolved without running its work')
  return started
}

function notFirst(error: unknown): unknown {
  if (!(error instanceof LockNotAcquiredError)) return error
  return new DeskError('TRADE_IN_PROGRESS', 'A request with this key is being answered. Ask again.', {
    retryAfterMs: LOOK_AGAIN_MS,
  })
}
