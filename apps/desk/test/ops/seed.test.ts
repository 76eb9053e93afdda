import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findAgents, listAgentIds } from '../../src/db/agents.ts'
import { findUserByEmail } from '../../src/db/users.ts'
import { verifyPassword } from '../../src/http/passwords.ts'
import { createBoard } from '../../src/market/board.ts'
import { seedAssets, seedDemo } from '../../src/ops/seed.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import { MON, SOL, useDatabase } from '../test-desk.ts'

const database = useDatabase()
const nobody = {
  changed: () => undefined,
  ticketChanged: () => undefined,
  lost: () => undefined,
  resumed: () => undefined,
}
const store = memoryStore()
let state: DeskState
let folder: string
const openAnother = () => {
  return openState(store, { db: database.open.db, board: createBoard(systemClock) }, systemClock)
}
beforeAll(async () => {
  state = await openAnother()
  folder = await mkdtemp(join(tmpdir(), 'holdfast-seed-'))
})
afterAll(async () => {
  await state.close()
  await rm(folder, { recursive: true, force: true })
})

const demoAgents = async () => {
  const { db } = database.open
  const user = await findUserByEmail(db, 'demo@holdfast.example')
  return findAgents(db, await listAgentIds(db, user?.id ?? ''))
}

test('the demo is made once: one user, two agents, the password of the folder, also by two desks at once', async () => {
  const { db } = database.open
  const other = await openAnother()
  const logins = await Promise.all([
    seedDemo(db, state, systemClock, folder),
    seedDemo(db, other, systemClock, folder),
  ])
  await other.close()
  expect(logins[0]).toEqual(logins[1])
  expect((await demoAgents()).map((agent) => agent?.name)).toEqual(['Momentum', 'Patience'])
  const user = await findUserByEmail(db, 'demo@holdfast.example')
  expect(await verifyPassword(logins[0].password, user?.passwordHash ?? '')).toBe(true)
})

test('of two folders on one database the last one counts', async () => {
  const { db } = database.open
  await writeFile(join(folder, 'demo-password'), 'another password\n')
  expect(await seedDemo(db, state, systemClock, folder)).toMatchObject({ password: 'another password' })
  const user = await findUserByEmail(db, 'demo@holdfast.example')
  expect(await verifyPassword('another password', user?.passwordHash ?? '')).toBe(true)
  expect(await demoAgents()).toHaveLength(2)
})

test('a desk that was killed while it seeded keeps the next one waiting until its lease ends, no longer', async () => {
  const clock = virtualClock()
  const shared = memoryStore()
  const own = await openState(shared, { db: database.open.db, board: createBoard(clock) }, clock)
  onTestFinished(() => own.close())
  // A process that is gone renews nothing: the lock is taken as one would, and left alone.
  const { locks } = shared({ clock, trackedPrefixes: [], listener: nobody })
  expect(await locks.acquire('lock:task:seed', 'killed', 10_000, false)).toHaveProperty('count')
  let done = false
  const seeding = seedDemo(database.open.db, own, clock, folder).then(() => (done = true))
  await clock.advance(9_000)
  expect(done).toBe(false)
  await clock.advance(1_500)
  expect(await seeding).toBe(true)
})

test('listing assets forgets what another run of the market left of them', async () => {
  await state.price.set(SOL, { price: '1', eventTime: 1, seq: 99, change24h: null })
  await state.ohlcv.set({ ...SOL, interval: '1h' }, [])
  await seedAssets(database.open.db, state, [SOL, MON])
  expect(await state.price.get(SOL)).toBeNull()
  expect(state.ohlcv.peek({ ...SOL, interval: '1h' })).toBeUndefined()
  expect(await state.assets.get({})).toEqual([MON, SOL])
  await seedAssets(database.open.db, state, [{ ...SOL, name: 'New name' }])
  expect((await state.assets.get({}))?.map(({ name }) => name)).toEqual([MON.name, 'New name'])
})
