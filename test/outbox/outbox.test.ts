import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createClient } from '@redis/client'
import { sql } from 'drizzle-orm'
import {
  DeclarationError,
  InvalidValueError,
  memoryStore,
  open,
  StoreUnavailableError,
  topic,
  ValueTooLargeError,
  WriteRolledBackError,
} from 'holdfast'
import { findRedis, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { OutboxSignal } from '../../src/core/signals.ts'
import { eventually } from '../servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../servers/postgres.ts'
import { freshNamespace, freshRedis, privateRedis } from '../servers/redis.ts'
import { stores } from '../servers/stores.ts'
import { type Agents, type Desk, move, moves, openAgents, type Session } from './desk.ts'

// What a write emits is told if, and only if, it commits.

let database: FreshDatabase
let agents: Agents

beforeAll(async () => {
  database = await freshDatabase()
  agents = await openAgents(database.url)
})
afterAll(async () => {
  await agents.close()
  await database.drop()
})

function hear(): OutboxSignal[] {
  const heard: OutboxSignal[] = []
  const listen = (message: unknown): void => void heard.push(message as OutboxSignal)
  subscribe('holdfast:outbox', listen)
  onTestFinished(() => void unsubscribe('holdfast:outbox', listen))
  return heard
}
const versionsOf = async (desk: Desk, agent: string): Promise<number[]> =>
  (await desk.moves.history({ agent }, 10_000)).map(({ value }) => value.version)

describe.each(Object.entries(stores))('%s', (_name, make) => {
  const desks: Desk[] = []
  const openDesk = async (...parameters: Parameters<Agents['open']>): Promise<Desk> => {
    const desk = await agents.open(...parameters)
    desks.push(desk)
    return desk
  }
  afterEach(async () => {
    await Promise.all(desks.splice(0).map((desk) => desk.close()))
    await agents.pool.query('TRUNCATE agent, holdfast_outbox, holdfast_relay')
  })

  test('what was emitted is published after the commit, in the order of the commits of its key', async () => {
    const desk = await openDesk(make())
    await Promise.all(Array.from({ length: 40 }, (_, index) => move(desk, `a${index % 2}`)))
    const inOrder = Array.from({ length: 20 }, (_, index) => index + 1)
    for (const agent of ['a0', 'a1'])
      await eventually(async () => (await versionsOf(desk, agent)).length === 20)
    expect(await versionsOf(desk, 'a0')).toEqual(inOrder)
    expect(await versionsOf(desk, 'a1')).toEqual(inOrder)
    const [first] = await desk.moves.history({ agent: 'a0' }, 20)
    expect(first?.value).toEqual({ version: 1, note: 'it\'s "version" \\ 1' })
    await eventually(async () => (await desk.outbox())?.waiting === 0)
  })

  test('what was rolled back is never told', async () => {
    const desk = await openDesk(make())
    const failure = new Error('no')
    await expect(move(desk, 'a', () => Promise.reject(failure))).rejects.toBe(failure)
    const swallowing = desk.write(async (tx, changes) => {
      changes.emit(moves, { agent: 'a' }, { version: 99, note: '' })
      await tx.execute(sql`SELECT 1 / 0`).catch(() => undefined)
    })
    await expect(swallowing).rejects.toThrow(WriteRolledBackError)
    await move(desk, 'a')
    await eventually(async () => (await versionsOf(desk, 'a')).length > 0)
    expect(await versionsOf(desk, 'a')).toEqual([1])
  })

  test('an event that its schema refuses, or that is too large, fails the write and names the topic', async () => {
    const desk = await openDesk(make())
    const emit = (event: { version: number; note: string }): Promise<void> =>
      desk.write(async (_tx, changes) => changes.emit(moves, { agent: 'a' }, event))
    await expect(emit({ version: 1, note: 'x'.repeat(201) })).rejects.toThrow(InvalidValueError)
    await expect(emit({ version: 'one' as unknown as number, note: '' })).rejects.toThrow(/moves: .*version/)
    await expect(emit(null as never)).rejects.toThrow(InvalidValueError)
    const large = topic({
      key: 'large:{id}',
      about: 'Large.',
      value: z.string(),
      maxEventSize: '10B',
    })
    const wide = await open({ large }, { store: make(), truth: agents.truth })
    onTestFinished(() => wide.close())
    const writing = wide.write(async (_tx, changes) => changes.emit(large, { id: '1' }, 'x'.repeat(11)))
    await expect(writing).rejects.toThrow(ValueTooLargeError)
    const foreign = desk.write(async (_tx, changes) => changes.emit(large, { id: '1' }, 'x'))
    await expect(foreign).rejects.toThrow(DeclarationError)
    expect((await desk.outbox())?.waiting).toBe(0)
  })

  test('events of one row come in the order of the commits, whatever the ids of their transactions are', async () => {
    const store = make()
    const writer = await openDesk(store, { outbox: { relay: false } })
    let proceed = (): void => undefined
    const mayProceed = new Promise<void>((resolve) => (proceed = resolve))
    let begun = (): void => undefined
    const hasBegun = new Promise<void>((resolve) => (begun = resolve))
    // The later change of the row, under the lowest transaction id.
    const later = writer.write(async (tx, changes) => {
      await tx.execute(sql`INSERT INTO agent VALUES ('other', 1)`)
      begun()
      await mayProceed
      await tx.execute(sql`UPDATE agent SET version = 2 WHERE id = 'a'`)
      changes.emit(moves, { agent: 'a' }, { version: 2, note: '' })
    })
    await hasBegun
    // One in the middle that goes on and on.
    const long = await agents.pool.connect()
    onTestFinished(() => long.release(true))
    await long.query('BEGIN')
    await long.query("INSERT INTO agent VALUES ('long', 1)")
    await move(writer, 'a')
    proceed()
    await later
    await openDesk(store)
    await eventually(async () => (await versionsOf(writer, 'a')).length === 2)
    expect(await versionsOf(writer, 'a')).toEqual([1, 2])
    await long.query('ROLLBACK')
  })

  test('one process relays; when it closes another takes over, and is told of what any writes', async () => {
    const heard = hear()
    const store = make()
    const first = await openDesk(store)
    await eventually(async () => (await first.outbox())?.isActive === true)
    const second = await openDesk(store)
    await move(second, 'a')
    await eventually(async () => (await versionsOf(second, 'a')).length === 1)
    expect((await second.outbox())?.isActive).toBe(false)
    await first.close()
    await move(second, 'a')
    await eventually(async () => (await versionsOf(second, 'a')).length === 2)
    expect((await second.outbox())?.isActive).toBe(true)
    const relayedBy = (): string[] =>
      heard.filter(({ event }) => event === 'relayed').map(({ state }) => state)
    await eventually(() => [first.id, second.id].every((id) => relayedBy().includes(id)))
  })

  test('a process that is told not to relay leaves it to others', async () => {
    const store = make()
    const quiet = await openDesk(store, { outbox: { relay: false } })
    await move(quiet, 'a')
    expect((await quiet.outbox())?.waiting).toBe(1)
    await openDesk(store)
    await eventually(async () => (await versionsOf(quiet, 'a')).length === 1)
    expect((await quiet.outbox())?.isActive).toBe(false)
  })

  test('without retention nothing stays in the table', async () => {
    const desk = await openDesk(make(), { outbox: { retain: false } })
    await move(desk, 'a')
    const count = async (): Promise<unknown> =>
      (await agents.pool.query('SELECT count(*)::int AS count FROM holdfast_outbox')).rows[0]?.count
    await eventually(async () => (await versionsOf(desk, 'a')).length === 1)
    await eventually(async () => (await count()) === 0)
    expect(await versionsOf(desk, 'a')).toEqual([1])
  })
})

test('an emit costs no round trip of its own, also without strong keyspaces', async () => {
  const sent: (readonly string[])[] = []
  const truth: typeof agents.truth = {
    ...agents.truth,
    query(session, statement, parameters) {
      if (session !== agents.truth.session) sent.push([statement])
      return agents.truth.query(session, statement, parameters)
    },
    queryAll(session, statements) {
      if (session !== agents.truth.session) sent.push(statements)
      return agents.truth.queryAll?.(session, statements) ?? Promise.reject(new Error('no queryAll'))
    },
  }
  const desk = await agents.open(memoryStore(), { truth })
  onTestFinished(() => desk.close())
  sent.length = 0
  await desk.write(async (_tx: Session, changes) => {
    changes.emit(moves, { agent: 'a' }, { version: 1, note: '' })
    changes.emit(moves, { agent: 'b' }, { version: 1, note: '' })
  })
  expect(sent).toEqual([
    [
      expect.stringMatching(/^INSERT INTO public\.holdfast_outbox/),
      expect.stringMatching(/^SELECT pg_current_xact_id/),
    ],
  ])
})

test('a Redis that comes back empty is sent again what it had, in order; one that is away is waited for', async () => {
  const redis = await privateRedis({ save: '' })
  const namespace = freshNamespace()
  const desk = await agents.open(redisStore({ url: redis.url, namespace, commandTimeout: '300ms' }))
  onTestFinished(() => desk.close())
  for (let count = 0; count < 5; count++) await move(desk, 'lost')
  await eventually(async () => (await versionsOf(desk, 'lost')).length === 5)
  await redis.stop()
  await move(desk, 'lost')
  const { port } = redis
  const password = new URL(redis.url).password
  const again = await startRedis({ binary: await findRedis(), afterKill: 'stop', port, password })
  onTestFinished(() => again.stop())
  await eventually(async () => (await versionsOf(desk, 'lost').catch(() => [])).length === 6, 15_000)
  expect(await versionsOf(desk, 'lost')).toEqual([1, 2, 3, 4, 5, 6])
})

test('what Redis lost of a batch that its mark never reached is sent again', async () => {
  const { url, namespace } = freshRedis()
  const cli = await createClient({ url }).connect()
  onTestFinished(() => cli.destroy())
  let isAway = false
  const desk = await agents.open((context) => {
    const store = redisStore({ url, namespace })(context)
    const advance: typeof store.outbox.advance = async (lane, from, to) => {
      if (isAway && from !== to)
        throw new StoreUnavailableError('cut off after the events and before the mark')
      return store.outbox.advance(lane, from, to)
    }
    return { ...store, outbox: { ...store.outbox, advance } }
  })
  onTestFinished(() => desk.close())
  await move(desk, 'cut')
  await eventually(async () => (await cli.get(`${namespace}:~o:mark:topic`)) === '1')
  isAway = true
  await move(desk, 'cut')
  const sent = `SELECT 1 FROM holdfast_outbox WHERE key = 'moves:cut' AND batch IS NOT NULL`
  await eventually(async () => (await agents.pool.query(sent)).rows.length === 2)
  // As after a crash that took the last second with it.
  const beside = `{${namespace}:moves:cut}`
  const older = cli.multi()
  older.addCommand(['HSET', `${namespace}:~e:${beside}`, 'seq', '1'])
  older.addCommand(['XDEL', `${namespace}:moves:cut`, '2-0'])
  older.addCommand(['XSETID', `${namespace}:moves:cut`, '1-0'])
  older.addCommand(['ZPOPMAX', `${namespace}:~w:${beside}`])
  await older.exec()
  expect(await versionsOf(desk, 'cut')).toEqual([1])
  isAway = false
  await eventually(async () => (await versionsOf(desk, 'cut')).length === 2)
  expect(await versionsOf(desk, 'cut')).toEqual([1, 2])
})
