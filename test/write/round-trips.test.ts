import type { Truth } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { expect, test } from 'vitest'
import { openBank, type Session, setAmount } from '../kinds/strong/bank.ts'
import { freshDatabase } from '../servers/postgres.ts'
import { freshRedis } from '../servers/redis.ts'

// What a write asks PostgreSQL for, besides the statements of its body.

test('one round trip for a touch; the id of the transaction comes before the gate is read', async () => {
  const database = await freshDatabase()
  const bank = await openBank(database.url)
  const sent: (readonly string[])[] = []
  const truth: Truth<Session> = {
    ...bank.truth,
    query(session, statement, parameters) {
      if (session !== bank.truth.session) sent.push([statement])
      return bank.truth.query(session, statement, parameters)
    },
    queryAll(session, statements) {
      sent.push(statements)
      return bank.truth.queryAll?.(session, statements) ?? Promise.reject(new Error('no queryAll'))
    },
  }
  const state = await bank.node(redisStore(freshRedis()), truth)
  const id = { id: 'x' }
  const { account } = bank.keyspaces
  const write = (how: 'touch' | 'put'): Promise<number> =>
    state.write(async (tx, changes) => {
      changes[how](account, id)
      return setAmount(tx, id.id, 1)
    })
  const [transaction, gate] = [/^SELECT pg_current_xact_id\(\)/, /FROM public\.holdfast_gate/]
  sent.length = 0
  await write('touch')
  expect(sent).toEqual([[expect.stringMatching(transaction), expect.stringMatching(gate)]])
  sent.length = 0
  await write('put')
  expect(sent).toEqual([
    ['SET CONSTRAINTS ALL IMMEDIATE', expect.stringMatching(transaction), expect.stringMatching(gate)],
    ['SELECT 1'],
  ])
  await state.close()
  await bank.close()
  await database.drop()
})
