import { describe, expect, test, vi } from 'vitest'
import { ApiProblem } from '../../src/api/problem.ts'
import type { Order, Subject } from '../../src/tickets/order.ts'
import { createTickets, type TicketsOptions } from '../../src/tickets/tickets.ts'
import { trade } from '../fixtures.ts'
import { manualClock } from '../manual-clock.ts'
import { memoryStorage } from '../memory-storage.ts'
import { fakeDesk } from './fake-desk.ts'

const order: Order = { kind: 'trade', agentId: 'a1', side: 'sell', chain: 'solana', asset: 'So1' }
const subject: Subject = { action: 'sell', agentId: 'a1', chain: 'solana', asset: 'So1' }
const lost = new ApiProblem({ status: 0, code: 'UNREACHABLE', title: 'x', detail: 'x' })

function opened(storage = memoryStorage()) {
  const desk = fakeDesk()
  const onDone = vi.fn<TicketsOptions['onDone']>()
  let keys = 0
  const newKey = (): string => `key ${(keys += 1)}`
  const tickets = createTickets({ send: desk.send, newKey, clock: manualClock(), storage, onDone })
  return { desk, tickets, onDone, storage }
}

describe('a ticket', () => {
  test('has a key of its own', () => {
    const { tickets } = opened()
    tickets.show(subject)
    const first = tickets.open.get()?.attempt.key
    tickets.hide()
    tickets.show(subject)
    expect(tickets.open.get()?.attempt.key).not.toBe(first)
  })

  test('that was closed while its order is on its way goes on, and says what came of it', async () => {
    const { desk, tickets, onDone } = opened()
    tickets.show(subject)
    tickets.open.get()?.attempt.submit(order)
    tickets.hide()
    await desk.answer({ trade: trade(), replayed: false })
    expect(onDone).toHaveBeenCalledExactlyOnceWith(order, { trade: trade(), replayed: false })
    expect(tickets.unsettled.get()).toBeNull()
  })

  test('without an answer comes back before any other', async () => {
    const { desk, tickets } = opened()
    tickets.show(subject)
    const ticket = tickets.open.get()
    ticket?.attempt.submit(order)
    await desk.fail(lost)
    tickets.hide()
    tickets.show({ action: 'buy', agentId: 'a2' })
    expect(tickets.open.get()).toBe(ticket)
  })

  test('without an answer survives a reload, with its key', async () => {
    const { desk, tickets, storage } = opened()
    tickets.show(subject)
    const key = tickets.open.get()?.attempt.key
    tickets.open.get()?.attempt.submit(order)
    await desk.fail(lost)
    const reloaded = opened(storage)
    reloaded.tickets.show(subject)
    reloaded.tickets.open.get()?.attempt.submit({ ...order, amount: '1' })
    expect(reloaded.desk.sent).toEqual([{ order, key }])
    await reloaded.desk.answer({ trade: trade(), replayed: true })
    expect(opened(storage).tickets.unsettled.get()).toBeNull()
  })

  test('is remembered as soon as it is sent: the page may be closed before the answer', () => {
    const { tickets, storage } = opened()
    tickets.show(subject)
    tickets.open.get()?.attempt.submit(order)
    expect(opened(storage).tickets.unsettled.get()?.attempt.state.get()).toMatchObject({
      kind: 'unsettled',
      order,
    })
  })

  test('that was refused is not remembered', async () => {
    const { desk, tickets, storage } = opened()
    tickets.show(subject)
    tickets.open.get()?.attempt.submit(order)
    await desk.fail(new ApiProblem({ status: 409, code: 'AGENT_PAUSED', title: 'x', detail: 'x' }))
    expect(tickets.unsettled.get()).toBeNull()
    expect(opened(storage).tickets.unsettled.get()).toBeNull()
  })

  test('can be forgotten', async () => {
    const { desk, tickets, storage } = opened()
    tickets.show(subject)
    tickets.open.get()?.attempt.submit(order)
    await desk.fail(lost)
    tickets.discard()
    tickets.hide()
    tickets.show(subject)
    expect(tickets.open.get()?.attempt.state.get().kind).toBe('editing')
    expect(opened(storage).tickets.unsettled.get()).toBeNull()
  })

  test.each(['{', 'null', '42', '{"key":1}', '{"key":"k","order":{"agentId":"a"}}'])(
    'is not made from the broken storage %s',
    (stored) => {
      const storage = memoryStorage()
      storage.setItem('holdfast.unsettled', stored)
      expect(opened(storage).tickets.unsettled.get()).toBeNull()
    },
  )
})
