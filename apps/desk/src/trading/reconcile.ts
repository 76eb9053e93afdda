/**
 * Reconciliation: what a process that died, or a venue that did not answer, has left open. Nothing is guessed: an
 * order that was never sent cannot have been executed, and about every other one the venue is asked. One that the
 * venue has never seen is cancelled there first, so that it cannot arrive after we have called it failed.
 *
 * Safe beside live calls and other processes: every end is a compare-and-set on the intent (see `settle`).
 */
import { type Intent, listAbandoned, type Patience, postpone } from '../db/intents.ts'
import type { Execution } from '../execution/executor.ts'
import { askVenue } from './carry-out.ts'
import type { TradingParts } from './parts.ts'
import { settle } from './settle.ts'
import { tellStep } from './told.ts'
import { touchOrder } from './touched.ts'
import type { ReconcileReport } from './trading.ts'

/** More than any live call is ever between two of its steps. */
const PREPARED_MS = 30_000
/** What a live call may take beyond the executor's own deadline. */
const GRACE_MS = 5_000
const MOST_INTENTS = 500
const AT_ONCE = 4
/** A venue that hangs is not waited for again and again: the rest is for the next pass. */
const LONGEST_PASS_MS = 30_000

/** One pass over orders that were left open: at most 500, and for about half a minute. See `Trading.reconcile`. */
export async function reconcileIntents(
  parts: TradingParts,
  { everyAge = false }: { readonly everyAge?: boolean } = {},
): Promise<ReconcileReport> {
  const patience: Patience = everyAge
    ? { preparedMs: 0, submittedMs: 0 }
    : { preparedMs: PREPARED_MS, submittedMs: parts.executor.deadlineMs + GRACE_MS }
  const intents = await listAbandoned(parts.db, patience, MOST_INTENTS)
  const count = { confirmed: 0, failed: 0, unresolved: 0 }
  const queue = intents.values()
  const endMs = parts.clock.now() + LONGEST_PASS_MS
  const work = async (): Promise<void> => {
    for (const intent of queue) {
      count[await resolve(parts, intent)]++
      if (parts.clock.now() > endMs) return
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { checked: count.confirmed + count.failed + count.unresolved, ...count }
}

async function resolve(parts: TradingParts, intent: Intent): Promise<'confirmed' | 'failed' | 'unresolved'> {
  const { log, state } = parts
  try {
    const end = intent.state === 'PREPARED' ? ({ state: 'never-sent' } as const) : await ask(parts, intent)
    const { status } = await settle(parts, intent, end)
    log.warn({ intentId: intent.id, was: intent.state, status }, 'an order that was left open is settled')
    return status === 'CONFIRMED' ? 'confirmed' : status === 'FAILED' ? 'failed' : 'unresolved'
  } catch (error) {
    log.warn({ err: error, intentId: intent.id }, 'an order that was left open could not be settled')
    await state
      .write(async (tx, changes) => {
        await postpone(tx, intent.id)
        touchOrder(changes, intent)
        // That nothing is known still is no news.
        if (intent.state === 'SUBMITTED') tellStep(changes, intent, 'UNKNOWN')
      })
      .catch(() => undefined)
    return 'unresolved'
  }
}

async function ask(parts: TradingParts, { clientOrderId }: Intent): Promise<Execution> {
  const { executor } = parts
  const found = await askVenue(parts, (signal) => executor.find(clientOrderId, signal))
  return found ?? askVenue(parts, (signal) => executor.cancel(clientOrderId, signal))
}
