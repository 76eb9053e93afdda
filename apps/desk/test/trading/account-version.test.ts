import { expect, test } from 'vitest'
import type { Execution, Executor } from '../../src/execution/executor.ts'
import { SOL, type TradingDesk, useTradingDesks } from './trading-desk.ts'

// What a stream compares: whoever misses a step of an order shows an old one for good.
const desks = useTradingDesks()

/** A venue that says what the test says. */
function venue(execute: () => Promise<Execution>, find: () => Promise<Execution | null>): Executor {
  return {
    name: 'stand-in',
    deadlineMs: 5_000,
    execute,
    find,
    cancel: async () => ({ state: 'cancelled', reason: 'It never arrived.' }),
    close: async () => undefined,
  }
}

const FILLED: Execution = {
  state: 'filled',
  orderId: 'v-1',
  price: '100',
  baseAmount: '0.999',
  quoteAmount: '99.9',
  fee: '0.1',
  slippageBps: 0,
  priceImpact: '0',
  at: '2026-01-01T00:00:00.000Z',
}

test.each([
  ['is executed', FILLED],
  ['is refused', { state: 'rejected', reason: 'The market is closed.' } as const],
  ['never arrived', null],
])(
  'grows with every step of an order, also of one whose outcome is not known and that %s',
  async (_, end) => {
    const versions: number[] = []
    const look = async (desk: TradingDesk, userId: string) =>
      versions.push((await desk.state.account.get({ userId }))?.version ?? 0)
    let atVenue = async (): Promise<unknown> => undefined
    const executor = venue(
      async () => {
        await atVenue()
        throw new Error('no answer')
      },
      async () => end,
    )
    const desk = await desks.open({ executor })
    const trader = await desk.trader()
    await desk.price(SOL, '100')
    const { userId } = trader
    await look(desk, userId)
    atVenue = () => look(desk, userId)
    expect(await desk.buy(trader, '100')).toMatchObject({ status: 'UNKNOWN' })
    await look(desk, userId)
    await desk.trading.reconcile({ everyAge: true })
    await look(desk, userId)
    // Before it, when it was sent, when nobody knew, and at its end.
    expect(versions.length).toBe(4)
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
  },
)
