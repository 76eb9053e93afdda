import { sleep, systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { listAssets } from '../../src/db/assets.ts'
import { isUnreachable } from '../../src/db/unreachable.ts'
import { freshDatabase } from '../../../../test/servers/postgres.ts'
import { useDatabase } from '../test-desk.ts'
import { proxyTo } from './proxy.ts'

const database = useDatabase()
const LOCK = 4_711

async function another(url = database.url): Promise<OpenDatabase> {
  const open = await openDatabase(url, systemClock)
  onTestFinished(() => open.close().catch(() => undefined))
  return open
}

describe('ownership', () => {
  test('one alone, or many together', async () => {
    const open = await Promise.all(Array.from({ length: 7 }, () => another()))
    const [alone, ...others] = open as [OpenDatabase, ...OpenDatabase[]]
    const [first, second, third, ...refused] = others as [
      OpenDatabase,
      OpenDatabase,
      OpenDatabase,
      ...OpenDatabase[],
    ]
    expect(await alone.own(LOCK, 'alone')).toBe(true)
    expect(await first.own(LOCK + 1, 'together')).toBe(true)
    expect(await second.own(LOCK + 1, 'together')).toBe(true)
    // Each of these waits for a while, so they wait side by side.
    const [asAlone, asTogether, asAloneToo] = refused
    expect(
      await Promise.all([
        asAlone?.own(LOCK, 'alone'),
        asTogether?.own(LOCK, 'together'),
        asAloneToo?.own(LOCK + 1, 'alone'),
      ]),
    ).toEqual([false, false, false])
    expect(await third.own(LOCK + 1, 'together')).toBe(true)
  })

  test('an owner that goes a moment later is waited for', async () => {
    const [old, next] = [await another(), await another()]
    await old.own(LOCK + 2, 'alone')
    const owning = next.own(LOCK + 2, 'alone')
    await old.close()
    expect(await owning).toBe(true)
  })
})

test('a server that hangs is noticed by ping, and closing does not wait for it', async () => {
  const proxy = await proxyTo(database.url)
  onTestFinished(() => proxy.close())
  const clock = virtualClock()
  const open = await openDatabase(proxy.url, clock)
  await open.own(LOCK + 3, 'alone')
  await open.ping()
  proxy.stall()
  const pinged = open.ping().catch(String)
  await clock.advance(2_000)
  expect(await pinged).toBe('Error: no answer within 2000 ms')
  const closed = open.close().catch(String)
  await clock.advance(3_000)
  expect(await closed).toBe('Error: PostgreSQL did not say goodbye')
})

test('a connection that breaks inside a transaction fails it and nothing else', async () => {
  const { db } = await another()
  const lost = db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ pid: number }>('select pg_backend_pid() as pid')
    await database.open.db.execute(`select pg_terminate_backend(${rows[0]?.pid})`)
    // Long enough for the connection to say that it broke: unheard, that ends the process.
    await sleep(systemClock, 100)
    await tx.execute('select 1')
  })
  expect(isUnreachable(await lost.catch((error: unknown) => error))).toBe(true)
  expect(await listAssets(db)).toEqual([])
})

describe('what counts as unreachable', () => {
  test('a refused connection, and a database that is gone', async () => {
    const nobody = new URL(database.url)
    nobody.port = '1'
    const refused = await openDatabase(nobody.href, systemClock).catch((error: unknown) => error)
    expect(isUnreachable(refused)).toBe(true)

    const fresh = await freshDatabase()
    await migrate(fresh.url)
    const open = await another(fresh.url)
    await fresh.drop()
    for (let attempt = 0; attempt < 2; attempt++)
      expect(isUnreachable(await listAssets(open.db).catch((error: unknown) => error))).toBe(true)
  })

  test('not a statement that PostgreSQL refuses, and nothing else', async () => {
    const wrong = await database.open.db
      .execute('select nothing from nowhere')
      .catch((error: unknown) => error)
    expect(wrong).toBeInstanceOf(Error)
    for (const error of [wrong, new Error('timeout'), 'ECONNREFUSED', undefined, null])
      expect(isUnreachable(error)).toBe(false)
  })
})

test('several processes may migrate at once, and again', async () => {
  const fresh = await freshDatabase()
  onTestFinished(() => fresh.drop())
  await Promise.all([migrate(fresh.url), migrate(fresh.url), migrate(fresh.url)])
  await migrate(fresh.url)
  expect(await listAssets((await another(fresh.url)).db)).toEqual([])
})
