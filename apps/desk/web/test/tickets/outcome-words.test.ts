import { describe, expect, test } from 'vitest'
import { doneWords } from '../../src/tickets/outcome-words.ts'
import type { Order } from '../../src/tickets/order.ts'
import { trade, transaction } from '../fixtures.ts'

const order: Order = {
  kind: 'trade',
  agentId: 'a1',
  side: 'buy',
  chain: 'solana',
  asset: 'So1',
  amount: '300',
}

describe('what became of an order', () => {
  test('is said with its amounts', () => {
    expect(doneWords(order, { trade: trade(), replayed: false })).toBe('Bought 2 SOL for 299.70 USDC')
    const sold = trade({ transaction: transaction({ type: 'SELL' }) })
    expect(doneWords(order, { trade: sold, replayed: false })).toMatch(/^Sold 2 SOL/)
  })

  test('is said to be done already when the desk did nothing now', () => {
    expect(doneWords(order, { trade: trade(), replayed: true })).toMatch(/^Already done: Bought/)
  })

  test('is not called a failure while it is not known', () => {
    const unknown = trade({ status: 'UNKNOWN', transaction: null })
    expect(doneWords(order, { trade: unknown, replayed: false })).toMatch(/may have been executed/)
  })

  test('is why it did not happen, in the desk’s words', () => {
    const failed = trade({
      status: 'FAILED',
      transaction: null,
      error: { code: 'VENUE_REJECTED', message: 'the price moved' },
    })
    expect(doneWords(order, { trade: failed, replayed: false })).toBe('Not executed: the price moved')
  })
})
