import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../src/tickets/form-state.ts'
import type { Order } from '../../src/tickets/order.ts'

const order: Order = { kind: 'deposit', agentId: 'a1', chain: 'solana', amount: '5' }
const problem = new Error('too much')

describe('a refusal', () => {
  test('is shown while the form says what was refused', () => {
    const state = { kind: 'editing', refused: { order, problem }, retryAt: null } as const
    expect(refusalOf(state, { ...order })).toBe(problem)
    expect(refusalOf(state, { ...order, amount: '4' })).toBeNull()
    expect(refusalOf(state, null)).toBeNull()
  })

  test('that asks to wait is shown whatever the form says', () => {
    const state = { kind: 'editing', refused: { order, problem }, retryAt: 7_000 } as const
    expect(refusalOf(state, { ...order, amount: '4' })).toBe(problem)
  })

  test('is not shown while the next attempt is on its way', () => {
    expect(refusalOf({ kind: 'sending', order, again: false }, order)).toBeNull()
  })
})
