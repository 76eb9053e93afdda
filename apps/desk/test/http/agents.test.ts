import { sql } from 'drizzle-orm'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { openTestDesk, type TestDesk, type TestUser, useDatabase } from '../test-desk.ts'
import { problemIn, refusal } from './problem.ts'

// Two API servers with one database and one Redis, as two processes would be.
const database = useDatabase()
let here: TestDesk
let there: TestDesk
beforeAll(async () => {
  const store = redisStore(freshRedis())
  const two = [
    openTestDesk({ database: database.open, store }),
    openTestDesk({ database: database.open, store }),
  ]
  ;[here, there] = (await Promise.all(two)) as [TestDesk, TestDesk]
})
afterAll(async () => {
  await here.close()
  await there.close()
})

const list = async (desk: TestDesk, { headers }: TestUser) =>
  (await desk.app.inject({ url: '/api/v1/agents', headers })).json().agents
const get = (desk: TestDesk, { headers }: TestUser, id: string) =>
  desk.app.inject({ url: `/api/v1/agents/${id}`, headers })
const make = (desk: TestDesk, { headers }: TestUser, payload: object) =>
  desk.app.inject({ method: 'POST', url: '/api/v1/agents', headers, payload })
const change = (desk: TestDesk, { headers }: TestUser, id: string, payload: object) =>
  desk.app.inject({ method: 'PATCH', url: `/api/v1/agents/${id}`, headers, payload })

const MISSING = '00000000-0000-4000-8000-000000000000'

describe('an agent', () => {
  test('is made paused, on paper, and is in the list and by its id at once', async () => {
    const user = await here.user()
    expect(await list(here, user)).toEqual([])
    const made = await make(here, user, { name: '  Scout ', strategy: ' Looks. ' })
    expect(made.statusCode).toBe(201)
    const agent = made.json()
    // The owner's id is no business of the screen.
    expect(agent).toEqual({
      id: expect.any(String),
      name: 'Scout',
      mode: 'paper',
      status: 'paused',
      strategy: 'Looks.',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    })
    expect(await list(here, user)).toEqual([agent])
    expect((await get(here, user, agent.id)).json()).toEqual(agent)
  })

  test('is renamed and activated, field by field, at once in list and get', async () => {
    const user = await here.user()
    const { id } = (await make(here, user, { name: 'Old', strategy: 'Waits.' })).json()
    await list(here, user)
    const changed = await change(here, user, id, { name: 'New' })
    expect(changed.json()).toMatchObject({ id, name: 'New', status: 'paused', strategy: 'Waits.' })
    await change(here, user, id, { status: 'active' })
    const expected = expect.objectContaining({ id, name: 'New', status: 'active', strategy: 'Waits.' })
    expect(await list(here, user)).toEqual([expected])
    expect((await get(here, user, id)).json()).toEqual(expected)
  })

  test('that is sent an empty change stays as it is', async () => {
    const user = await here.user()
    const agent = (await make(here, user, { name: 'Same' })).json()
    const answer = await change(here, user, agent.id, {})
    expect([answer.statusCode, answer.json()]).toEqual([200, agent])
  })

  test('is one agent however its id is written', async () => {
    const user = await here.user()
    const { id } = (await make(here, user, { name: 'Case' })).json()
    expect((await get(here, user, id.toUpperCase())).json()).toMatchObject({ id, name: 'Case' })
    await change(here, user, id.toUpperCase(), { name: 'Changed' })
    expect((await get(here, user, id)).json()).toMatchObject({ name: 'Changed' })
  })

  test('comes in the order of making, also when made in a burst', async () => {
    const user = await here.user()
    for (const name of ['a', 'b', 'c']) await make(here, user, { name })
    expect((await list(here, user)).map(({ name }: { name: string }) => name)).toEqual(['a', 'b', 'c'])
  })
})

describe('a change that takes long to commit', () => {
  test('is seen at once afterwards, though its old form was read and cached meanwhile', async () => {
    const user = await here.user()
    const { id } = (await make(here, user, { name: 'Old' })).json()
    const holder = new pg.Client(database.url)
    onTestFinished(() => holder.end())
    await holder.connect()
    await holder.query('BEGIN')
    await holder.query('SELECT 1 FROM agents WHERE id = $1 FOR UPDATE', [id])
    const changing = change(here, user, id, { name: 'New' })
    await eventually(async () => {
      const waiting = await database.open.db.execute(
        sql`select 1 from pg_locks where not granted and locktype = 'transactionid'`,
      )
      return (waiting.rowCount ?? 0) > 0
    })
    for (const desk of [here, there]) expect((await get(desk, user, id)).json().name).toBe('Old')
    await holder.query('COMMIT')
    expect((await changing).json().name).toBe('New')
    expect((await get(here, user, id)).json().name).toBe('New')
    const seenThere = async () => (await get(there, user, id)).json().name === 'New'
    await expect(eventually(seenThere, 100)).resolves.toBeUndefined()
  })
})

describe("somebody else's agent", () => {
  test('does not exist, whoever asked first and whichever server has it in memory', async () => {
    const [owner, stranger] = [await here.user(), await here.user()]
    const { id } = (await make(here, owner, { name: 'Mine' })).json()
    // The stranger asks before the owner, so that "not yours" could be remembered; and afterwards again.
    expect(refusal(await get(here, stranger, id))).toBe('404 UNKNOWN_AGENT')
    expect((await get(here, owner, id)).statusCode).toBe(200)
    expect(refusal(await get(here, stranger, id))).toBe('404 UNKNOWN_AGENT')
    expect(refusal(await get(there, stranger, id))).toBe('404 UNKNOWN_AGENT')
    expect(await list(here, stranger)).toEqual([])
  })

  test('cannot be changed', async () => {
    const [owner, stranger] = [await here.user(), await here.user()]
    const { id } = (await make(here, owner, { name: 'Mine' })).json()
    expect(refusal(await change(here, stranger, id, { name: 'Stolen' }))).toBe('404 UNKNOWN_AGENT')
    expect(refusal(await change(here, stranger, id, {}))).toBe('404 UNKNOWN_AGENT')
    expect((await get(here, owner, id)).json()).toMatchObject({ name: 'Mine' })
  })

  test('looks like one that never was', async () => {
    const [owner, stranger] = [await here.user(), await here.user()]
    const { id } = (await make(here, owner, { name: 'Mine' })).json()
    const theirs = problemIn(await get(here, stranger, id))
    const nobodys = problemIn(await get(here, stranger, MISSING))
    expect(theirs.detail.replace(id, MISSING)).toBe(nobodys.detail)
  })
})

describe('the second server', () => {
  const soon = (isSeen: () => Promise<boolean>) =>
    expect(eventually(isSeen, 100), 'not seen within 100 ms').resolves.toBeUndefined()

  test('sees a new agent, a new name and a pause within 100 ms', async () => {
    const user = await here.user()
    expect(await list(there, user)).toEqual([])
    const { id } = (await make(here, user, { name: 'One' })).json()
    await soon(async () => (await list(there, user)).length === 1)

    for (const [field, value] of [
      ['name', 'Two'],
      ['status', 'active'],
      ['status', 'paused'],
    ] as const) {
      // In the memory of the second server before it changes.
      await get(there, user, id)
      await change(here, user, id, { [field]: value })
      await soon(async () => (await get(there, user, id)).json()[field] === value)
      await soon(async () => (await list(there, user))[0][field] === value)
    }
  })
})

describe('bad input', () => {
  test.each([
    [{}, 'name', /./],
    [{ name: '' }, 'name', /empty/],
    [{ name: '   ' }, 'name', /empty/],
    [{ name: 'x'.repeat(61) }, 'name', /60 characters/],
    [{ name: 7 }, 'name', /string/],
    [{ name: 'x\0y' }, 'name', /NUL/],
    [{ name: 'ok', strategy: 'x'.repeat(501) }, 'strategy', /500 characters/],
    [{ name: 'ok', strategy: null }, 'strategy', /string/],
    [{ name: 'ok', mode: 'live' }, '', /mode/],
    [[], '', /object/],
  ])('a new agent %j is refused by field', async (payload, field, message) => {
    const { errors } = problemIn(await make(here, await here.user(), payload))
    expect(errors).toEqual([{ field, message: expect.stringMatching(message) }])
  })

  test('every wrong field is named', async () => {
    const answer = await make(here, await here.user(), { name: '', strategy: 5 })
    const { errors } = problemIn(answer)
    expect(errors?.map(({ field }) => field)).toEqual(['name', 'strategy'])
  })

  test('a status that does not exist is refused', async () => {
    const user = await here.user()
    const { id } = (await make(here, user, { name: 'x' })).json()
    const { errors } = problemIn(await change(here, user, id, { status: 'stopped' }))
    expect(errors?.[0]?.field).toBe('status')
  })

  test.each(['1', 'null', "'; drop table agents; --", '0'.repeat(200)])('%j is no agent id', async (id) => {
    const { errors } = problemIn(await get(here, await here.user(), encodeURIComponent(id)))
    expect(errors).toEqual([{ field: 'id', message: 'is no agent id' }])
  })

  test('text of any script is kept as it is', async () => {
    const user = await here.user()
    const name = 'Агент 🚀 "x"; <b>\u202e'
    const { id } = (await make(here, user, { name })).json()
    expect((await get(there, user, id)).json().name).toBe(name)
  })
})

test('a user has at most 100 agents, also when the last requests come at once', async () => {
  const user = await here.user()
  for (let made = 0; made < 96; made += 12)
    await Promise.all(Array.from({ length: 12 }, () => make(here, user, { name: 'x' })))
  const last = await Promise.all(Array.from({ length: 8 }, () => make(here, user, { name: 'x' })))
  expect(last.filter(({ statusCode }) => statusCode === 201).length).toBe(4)
  for (const answer of last.filter(({ statusCode }) => statusCode !== 201))
    expect(refusal(answer)).toBe('409 TOO_MANY_AGENTS')
  expect((await list(here, user)).length).toBe(100)
})
