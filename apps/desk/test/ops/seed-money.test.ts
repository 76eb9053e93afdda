import { memoryStore, systemClock } from 'holdfast'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAgent, listAgentIds } from '../../src/db/agents.ts'
import { createUser } from '../../src/db/users.ts'
import { createBoard } from '../../src/market/board.ts'
import { DEMO_AGENTS, DEMO_EMAIL } from '../../src/ops/seed.ts'
import { seedMoney } from '../../src/ops/seed-money.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import { expectSoundBooks } from '../trading/books.ts'
import { MON, SOL, useDatabase } from '../test-desk.ts'

const database = useDatabase()
let state: DeskState
let userId = ''
beforeAll(async () => {
  const { db } = database.open
  state = await openState(memoryStore(), { db, board: createBoard(systemClock) }, systemClock)
  userId = (await createUser(db, DEMO_EMAIL, 'none'))?.id ?? ''
  for (const agent of [...DEMO_AGENTS, { name: 'My own' }]) await createAgent(db, userId, agent)
})
afterAll(() => state.close())

const money = async (): Promise<string[][]> => {
  const ids = await listAgentIds(database.open.db, userId)
  const balances = await state.balances.getMany(ids.map((agentId) => ({ agentId })))
  return balances.map((all) => (all ?? []).map(({ chain, symbol, amount }) => `${chain} ${amount} ${symbol}`))
}

test('the agents of the demo get money for what is traded, once, also from two desks at once', async () => {
  const { db } = database.open
  await Promise.all([1, 2, 3].map(() => seedMoney(db, state, systemClock, [SOL, MON])))
  const each = ['monad 10000 USDC', 'solana 10000 USDC']
  expect(await money()).toEqual([each, each, []])
  await expectSoundBooks(db)
})

test('another market brings its own money, and nothing more of what they have', async () => {
  const { db } = database.open
  const pair = { ...SOL, chain: 'binance', asset: 'XRPETH', symbol: 'XRP', quote: 'ETH' } as const
  for (let start = 0; start < 2; start++) await seedMoney(db, state, systemClock, [pair])
  await seedMoney(db, state, systemClock, [{ ...pair, asset: 'XRPUSDT', quote: 'USDT' }])
  const each = ['binance 100 ETH', 'binance 10000 USDT', 'monad 10000 USDC', 'solana 10000 USDC']
  expect(await money()).toEqual([each, each, []])
  await expectSoundBooks(db)
})
