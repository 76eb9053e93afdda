import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { SOL, useTradingDesks } from './trading-desk.ts'
const desks = useTradingDesks()
test('a desk on the memory store sells what an earlier process on it sold from', async () => {
  const long = virtualClock(Date.UTC(2026, 0, 1))
  await long.advance(3_600_000)
  const one = await desks.open({ clock: long })
  await one.price(SOL, '150')
  const trader = await one.trader()
  await one.buy(trader, '100')
  await one.trade(trader, { side: 'sell', amount: '0.1' })
  const two = await desks.open({ clock: virtualClock(Date.UTC(2026, 0, 1, 2)) })
  await two.price(SOL, '150')
  expect(await two.trade(trader, { side: 'sell' })).toMatchObject({ status: 'CONFIRMED' })
})
