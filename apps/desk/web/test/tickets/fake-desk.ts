import type { OrderReply } from '../../src/tickets/attempt.ts'
import type { Order } from '../../src/tickets/order.ts'

/** What was sent, and how it is answered: one answer at a time, when the test says so. */
export interface FakeDesk {
  readonly send: (order: Order, key: string) => Promise<OrderReply>
  readonly sent: { readonly order: Order; readonly key: string }[]
  readonly answer: (reply: OrderReply) => Promise<void>
  readonly fail: (error: unknown) => Promise<void>
}

/** Answers nothing until it is told to. */
export function fakeDesk(): FakeDesk {
  const sent: FakeDesk['sent'] = []
  let settle: { resolve: (reply: OrderReply) => void; reject: (error: unknown) => void } | null = null
  const settled = async (act: (waiting: NonNullable<typeof settle>) => void): Promise<void> => {
    if (!settle) throw new Error('nothing was sent that waits for an answer')
    const waiting = settle
    settle = null
    act(waiting)
    // Whoever awaits the answer has had it after this.
    await Promise.resolve().then(() => undefined)
  }
  return {
    sent,
    send(order, key) {
      sent.push({ order, key })
      return new Promise((resolve, reject) => (settle = { resolve, reject }))
    },
    answer: (reply) => settled(({ resolve }) => resolve(reply)),
    fail: (error) => settled(({ reject }) => reject(error)),
  }
}
