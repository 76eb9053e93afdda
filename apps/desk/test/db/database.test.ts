import { sleep, systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase, type OpenDatabase } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { listAssets } from '../../src/db/assets.ts'
import { isUnreachable } from '../../src/db/unreachable.ts'
import { freshDatabase } from '../../../../test/servers/postgres.ts'
import { ownershipAlert } from '../../src/ops/ownership-alert.ts'
import { eventually } from '../../../../test/servers/eventually.ts'
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

describe('a session that PostgreSQL ends', () => {
  const ID = LOCK + 10
  const locks = async (id: number, granted: boolean): Promise<number[]> => {
    const query = `select pid from pg_locks where locktype = 'advisory' and objid = ${id} and granted = ${granted}`
    return (await database.open.db.execute<{ pid: number }>(query)).rows.map(({ pid }) => pid)
  }
  /** Ends the session that holds the lock, whose number is answered. */
  const cut = async (id: number): Promise<number> => {
    const [pid = 0] = await locks(id, true)
    await database.open.db.execute(`select pg_terminate_backend(${pid})`)
    return pid
  }

  test('loses its lock, and takes it again', async () => {
    const open = await another()
    expect(open.ownership()).toBe(null)
    await open.own(ID, 'alone')
    expect(open.ownership()).toBe('held')
    for (let round = 0; round < 2; round++) {
      const before = await cut(ID)
      await eventually(async () => {
        const [holder = before] = await locks(ID, true)
        return holder !== before && open.ownership() === 'held'
      })
    }
    expect(await (await another()).own(ID, 'alone')).toBe(false)
  })

  test('may have lost it to another, says so until that one goes, and has it again then', async () => {
    const [open, other] = [await another(), await another()]
    await open.own(ID + 1, 'alone')
    const owning = other.own(ID + 1, 'alone')
    // It waits for the lock, so it is next.
    await eventually(async () => (await locks(ID + 1, false)).length === 1)
    await cut(ID + 1)
    expect(await owning).toBe(true)
    const alert = ownershipAlert(open)
    await eventually(() => open.ownership() === 'taken', 10_000)
    expect(await alert.probe()).toMatch(/^Another desk/)
    await other.close()
    await eventually(() => open.ownership() === 'held', 10_000)
    expect(await alert.probe()).toBe(null)
  })

  test('is not asked for again by who has closed', async () => {
    const open = await another()
    await open.own(ID + 2, 'alone')
    await open.close()
    expect(await (await another()).own(ID + 2, 'alone')).toBe(true)
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

test('a transaction whose body hangs is ended by PostgreSQL: it fails, its locks are free, and the pool goes on', async () => {
  const { db } = await another()
  const { rows } = await db.execute('show idle_in_transaction_session_timeout')
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '20s' }])
  let wake = (): void => undefined
  const asleep = new Promise<void>((resolve) => (wake = resolve))
  let locked = (): void => undefined
  const isLocked = new Promise<void>((resolve) => (locked = resolve))
  const hanging = db
    .transaction(async (tx) => {
      await tx.execute("set local idle_in_transaction_session_timeout = '50ms'")
      await tx.execute(`select pg_advisory_xact_lock(${LOCK + 4})`)
      locked()
      await asleep
      await tx.execute('select 1')
    })
    .catch((error: unknown) => error)
  await isLocked
  // Waits for the lock, which only the end of the other session can free.
  await database.open.db.execute(`select pg_advisory_xact_lock(${LOCK + 4})`)
  wake()
  expect(isUnreachable(await hanging)).toBe(true)
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
