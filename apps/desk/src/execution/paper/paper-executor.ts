import { type Clock, sleep } from 'holdfast'
import { DecimalError } from '../../domain/decimal.ts'
import type { Executor, Order } from '../executor.ts'
import { type BookEntry, openPaperBook } from './book.ts'
import { defaultDepth } from './depth.ts'
import { fillOnPaper } from './pricing.ts'

/** How to execute on paper. */
export interface PaperOptions {
  /** The database that the book is in. */
  readonly url: string
  /** How long an order takes to arrive, as over a network. */
  readonly latencyMs: number
  readonly clock: Clock
}

/** What the book may take to answer, and more. */
const BOOK_MS = 10_000

/**
 * Executes orders on paper: at the price that `fillOnPaper` says, dated by the tick that they were decided on, so
 * that a replay gives the same trades at the same times.
 */
export function paperExecutor({ url, latencyMs, clock }: PaperOptions): Executor {
  const book = openPaperBook(url)
  return {
    name: 'paper',
    deadlineMs: latencyMs + BOOK_MS,
    async execute(order, signal) {
      if (latencyMs > 0) await sleep(clock, latencyMs, signal)
      signal.throwIfAborted()
      return book.enter(entryOf(order))
    },
    find: (clientOrderId) => book.find(clientOrderId),
    cancel: (clientOrderId) =>
      book.enter({
        clientOrderId,
        state: 'cancelled',
        reason: 'It was cancelled before it arrived.',
        at: new Date(clock.wall()),
      }),
    close: () => book.close(),
  }
}

function entryOf(order: Order): BookEntry {
  const { clientOrderId, side, chain, asset, reference } = order
  return { ...fillOf(order), clientOrderId, chain, asset, side, at: new Date(reference.eventTime) }
}

function fillOf(order: Order): Pick<BookEntry, 'state' | 'reason'> {
  const { side, chain, asset, amount, reference, decimals, quoteDecimals, maxSlippageBps } = order
  try {
    return fillOnPaper({
      side,
      chain,
      asset,
      amount,
      reference,
      decimals,
      quoteDecimals,
      depth: defaultDepth(order.quote),
      maxSlippageBps: maxSlippageBps ?? undefined,
    })
  } catch (error) {
    // Such an order will never be priced: it is refused for good, and not left open.
    if (!(error instanceof DecimalError)) throw error
    return { state: 'rejected', reason: `This cannot be priced: ${error.message}.` }
  }
}
