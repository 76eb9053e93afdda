import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bank, type BankState, openBank } from '../kinds/strong/bank.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'
import { holdfast, type Ran } from './fixture.ts'

let database: FreshDatabase
let bank: Bank
let state: BankState
const redis = freshRedis()
const gate = (...words: readonly string[]): Promise<Ran> =>
  holdfast(['gate', ...words, '--database', database.url, '--namespace', redis.namespace])

beforeAll(async () => {
  database = await freshDatabase()
  bank = await openBank(database.url)
})
afterAll(async () => {
  await bank.close()
  await database.drop()
})

test('without strong keyspaces there is none', async () => {
  const { code, complaints } = await gate('status')
  expect(code).toBe(3)
  expect(complaints).toMatch(/no table holdfast_gate/)
})

test('status, close and open', async () => {
  state = await bank.node(redisStore(redis))
  expect(await gate('status')).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^gate {8}open, epoch 1, for .*\nlast closed first start\ntrusts {6}run \w{40}$/,
    ) as string,
  })
  const closed = await gate('close', 'upgrade', 'of', 'Redis')
  expect(closed.out).toMatch(
    /^gate {8}closed, epoch 1, .*\nheld {8}until holdfast gate open\nbecause {5}upgrade of Redis/,
  )
  expect(closed.code).toBe(0)
  expect(state.gate()?.isTrusted).toBe(false)
  const opened = await gate('open', '--json')
  expect(JSON.parse(opened.out)).toMatchObject({ state: 'open', epoch: '2', isHeld: false })
  await state.close()
})

test.each([
  [['close'], 'say why'],
  [['shut'], 'say status, close'],
  [['status', 'now'], 'say status, close'],
  [[], 'say status, close'],
])('%j is wrong', async (words, complaint) => {
  const { code, complaints } = await gate(...words)
  expect(code).toBe(2)
  expect(complaints).toContain(complaint)
})

test('it says what is missing, and what it takes', async () => {
  expect(await holdfast(['gate', 'status'])).toMatchObject({
    code: 2,
    complaints: expect.stringContaining('--database is missing, and so is DATABASE_URL') as string,
  })
  const { out } = await holdfast(['gate', '--help'])
  expect(out).toContain('Usage: holdfast gate status | close <reason> | open [options]')
  expect(out).not.toContain('--keyspaces')
})
