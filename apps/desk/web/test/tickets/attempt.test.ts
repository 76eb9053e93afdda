import { describe, expect, test } from 'vitest'
import { ApiProblem } from '../../src/api/problem.ts'
import { createAttempt } from '../../src/tickets/attempt.ts'
import type { Order } from '../../src/tickets/order.ts'
import { trade } from '../fixtures.ts'
import { manualClock } from '../manual-clock.ts'
import { fakeDesk } from './fake-desk.ts'

const order: Order = {
  kind: 'trade',
  agentId: 'a1',
  side: 'buy',
  chain: 'solana',
  asset: 'So1',
  amount: '100',
}
const executed = { trade: trade(), replayed: false }

function problem(status: number, code: string, retryAfterMs: number | null = null): ApiProblem {
  return new ApiProblem({ status, code, title: code, detail: `${code}.`, retryAfterMs })
}

function started(pending?: Order) {
  const desk = fakeDesk()
  const clock = manualClock()
  const attempt = createAttempt({ key: 'k1', send: desk.send, clock, pending })
  return { desk, clock, attempt, kind: () => attempt.state.get().kind }
}

describe('an order', () => {
  test('that is submitted twice is sent once', async () => {
    const { desk, attempt, kind } = started()
    attempt.submit(order)
    attempt.submit(order)
    expect(desk.sent).toHaveLength(1)
    await desk.answer(executed)
    expect(kind()).toBe('done')
    attempt.submit(order)
    expect(desk.sent).toHaveLength(1)
  })

  test.each([
    ['no reply', problem(0, 'UNREACHABLE')],
    ['no reply in time', problem(0, 'TIMEOUT')],
    ['a reply that cannot be read', problem(0, 'BAD_REPLY')],
    ['a failure of the desk', problem(503, 'HF_STORE_UNAVAILABLE')],
    ['“under way”', problem(409, 'TRADE_IN_PROGRESS')],
    ['something unheard of', new TypeError('odd')],
  ])('that got %s is sent again as it was, under its key', async (_, error) => {
    const { desk, attempt, kind } = started()
    attempt.submit(order)
    await desk.fail(error)
    expect(kind()).toBe('unsettled')
    attempt.submit({ ...order, amount: '999' })
    expect(desk.sent).toEqual([
      { order, key: 'k1' },
      { order, key: 'k1' },
    ])
    await desk.answer({ ...executed, replayed: true })
    expect(attempt.state.get()).toMatchObject({ kind: 'done', reply: { replayed: true } })
  })

  test('that was refused may be changed, and keeps its key', async () => {
    const { desk, attempt } = started()
    attempt.submit(order)
    const refusal = problem(409, 'INSUFFICIENT_BALANCE')
    await desk.fail(refusal)
    expect(attempt.state.get()).toEqual({
      kind: 'editing',
      refused: { order, problem: refusal },
      retryAt: null,
    })
    attempt.submit({ ...order, amount: '50' })
    expect(desk.sent[1]).toEqual({ order: { ...order, amount: '50' }, key: 'k1' })
  })

  test('that is refused when it is asked for again was not done before', async () => {
    const { desk, attempt, kind } = started()
    attempt.submit(order)
    await desk.fail(problem(0, 'UNREACHABLE'))
    attempt.submit(order)
    await desk.fail(problem(409, 'INSUFFICIENT_BALANCE'))
    expect(kind()).toBe('editing')
  })

  test.each([429, 401])('stays open when asking again is refused with %i', async (status) => {
    const { desk, attempt, kind } = started()
    attempt.submit(order)
    await desk.fail(problem(0, 'UNREACHABLE'))
    attempt.submit(order)
    await desk.fail(problem(status, 'LATER'))
    expect(kind()).toBe('unsettled')
  })

  test('waits as long as the desk asks it to', async () => {
    const { desk, clock, attempt } = started()
    attempt.submit(order)
    await desk.fail(problem(429, 'RATE_LIMITED', 7_000))
    expect(attempt.state.get()).toMatchObject({ kind: 'editing', retryAt: 7_000 })
    clock.advance(6_999)
    attempt.submit(order)
    expect(desk.sent).toHaveLength(1)
    clock.advance(1)
    attempt.submit(order)
    expect(desk.sent).toHaveLength(2)
  })

  test('of an earlier page is unsettled from the beginning', () => {
    const { desk, attempt, kind } = started(order)
    expect(kind()).toBe('unsettled')
    attempt.submit({ ...order, amount: '1' })
    expect(desk.sent).toEqual([{ order, key: 'k1' }])
    expect(attempt.state.get()).toMatchObject({ kind: 'sending', again: true })
  })
})
