/**
 * One order on its way to the desk: whatever is pressed, lost or repeated, it is executed at most once.
 *
 *   editing ──submit──▶ sending ──reply──▶ done
 *      ▲                 │   ▲
 *      └────refused──────┤   └──submit again: the same order, the same key
 *                        └──no answer──▶ unsettled
 *
 * An attempt has one idempotency key for its whole life, so the desk executes it at most once even if this page loses
 * count. What has been sent is not changed while its outcome is open: `unsettled` sends the very same order again, and
 * the desk answers with what it did the first time. After a refusal nothing has happened, and the order may be changed.
 */
import { ApiProblem } from '../api/problem.ts'
import type { Trade } from '../api/trading-shapes.ts'
import { createCell, type ReadonlyCell } from '../cell.ts'
import type { Clock } from '../clock.ts'
import type { Order } from './order.ts'

/** What the desk answered. `trade` is null for a deposit; `replayed`: it had done this before, and did nothing now. */
export interface OrderReply {
  readonly trade: Trade | null
  readonly replayed: boolean
}

/** How an attempt stands. `retryAt` (monotonic ms) is when the desk wants to be asked again, null when it does not say. */
export type AttemptState =
  | {
      readonly kind: 'editing'
      /** The order that the desk refused last, and why; null before the first. */
      readonly refused: { readonly order: Order; readonly problem: Error } | null
      readonly retryAt: number | null
    }
  | {
      readonly kind: 'sending'
      readonly order: Order
      /** True when it was sent before, and its outcome is open. */
      readonly again: boolean
    }
  | {
      readonly kind: 'unsettled'
      readonly order: Order
      readonly problem: Error
      readonly retryAt: number | null
    }
  | { readonly kind: 'done'; readonly order: Order; readonly reply: OrderReply }

/** See the head of this file. */
export interface Attempt {
  readonly key: string
  readonly state: ReadonlyCell<AttemptState>
  /** Sends `order`; while one is unsettled, that one. Does nothing while sending, when done, or before `retryAt`. */
  readonly submit: (order: Order) => void
}

/** What an attempt needs from outside. `pending` is an order whose reply an earlier page never saw. */
export interface AttemptOptions {
  readonly key: string
  readonly send: (order: Order, key: string) => Promise<OrderReply>
  readonly clock: Clock
  readonly pending?: Order | undefined
}

/** Starts with nothing sent; with a `pending` order, as unsettled. */
export function createAttempt({ key, send, clock, pending }: AttemptOptions): Attempt {
  const state = createCell<AttemptState>(
    pending
      ? { kind: 'unsettled', order: pending, problem: lostWithPage(), retryAt: null }
      : { kind: 'editing', refused: null, retryAt: null },
  )

  async function run(order: Order): Promise<void> {
    const again = state.get().kind === 'unsettled'
    state.set({ kind: 'sending', order, again })
    try {
      state.set({ kind: 'done', order, reply: await send(order, key) })
    } catch (error) {
      const problem = error instanceof Error ? error : new Error(String(error))
      const waitMs = error instanceof ApiProblem ? error.retryAfterMs : null
      const retryAt = waitMs === null ? null : clock.now() + waitMs
      const open = !isRefusal(error) || (again && isTooEarly(error))
      state.set(
        open
          ? { kind: 'unsettled', order, problem, retryAt }
          : { kind: 'editing', refused: { order, problem }, retryAt },
      )
    }
  }

  return {
    key,
    state,
    submit(order) {
      const now = state.get()
      if (now.kind === 'sending' || now.kind === 'done') return
      if (now.retryAt !== null && clock.now() < now.retryAt) return
      void run(now.kind === 'unsettled' ? now.order : order)
    },
  }
}

/** True when the desk said that nothing was done. No reply, a failure of its own, and "under way" do not say that. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiProblem) || error.code === 'TRADE_IN_PROGRESS') return false
  return error.status >= 400 && error.status < 500 && error.status !== 408
}

/** Says nothing about an order that was sent before: the session ended, or the desk wants to be left alone. */
function isTooEarly(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 401 || error.status === 429)
}

function lostWithPage(): ApiProblem {
  const detail = 'The page was left before the desk’s answer to this order arrived.'
  return new ApiProblem({ status: 0, code: 'ANSWER_NOT_SEEN', title: 'Answer not seen', detail })
}
