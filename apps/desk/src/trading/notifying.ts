/**
 * Tells users of orders that ended, as their preferences say.
 *
 *   commit that ends the order ──outbox──▶ job ──▶ preferences ──(one transaction)──▶ effect of the job + event
 *                                                                        ──outbox──▶ events:notifications:{userId}
 *
 * A job may be done twice, when its process dies before it is acknowledged. The row of its effect is part of the
 * transaction that leaves the event, so the event is left once.
 */
import type { QueueWorker } from 'holdfast'
import type { EndedTrade, Notification } from '../domain/events.ts'
import { notifications } from '../keyspaces/events.ts'
import type { DeskState } from '../ops/state.ts'

const EXITS: ReadonlySet<string> = new Set(['stop_loss', 'take_profit', 'stale'])

/** Does jobs of `notify` in this process. */
export function startNotifying(state: DeskState): QueueWorker {
  return state.notify.process(async (ended, { id }) => {
    const { userId } = ended
    const told = notificationOf(ended)
    const { alerts } = await state.preferences.get({ userId })
    if (!(told.kind === 'exit' ? alerts.exits : alerts.fills)) return { isTold: false }
    await state.write((tx, changes) =>
      state.notify.once(tx, id, async () => changes.emit(notifications, { userId }, told)),
    )
    return { isTold: true }
  })
}

function notificationOf(ended: EndedTrade): Notification {
  const { agentId, intentId, reason, error } = ended
  return {
    kind: EXITS.has(reason) ? 'exit' : 'fill',
    agentId,
    intentId,
    status: error === null ? 'CONFIRMED' : 'FAILED',
    text: textOf(ended),
  }
}

function textOf({ side, symbol, transaction, error }: EndedTrade): string {
  if (!transaction) return `An order to ${side} ${symbol} was not executed: ${error?.message ?? ''}`
  const { baseAmount, quoteAmount, quote, realised } = transaction
  const result = realised === null ? '' : `, ${realised} ${quote} of profit`
  return `${side === 'buy' ? 'Bought' : 'Sold'} ${baseAmount} ${symbol} for ${quoteAmount} ${quote}${result}.`
}
