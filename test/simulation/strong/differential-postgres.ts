/**
 * Holds the fake PostgreSQL to a real one: the same random statements in three sessions, which lock each other out,
 * fail, commit and roll back. Compared are rows, errors, who waits for whom, and how each transaction ended.
 */
import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Rows } from 'holdfast'
import { seededRandom } from '../seeded-random.ts'
import { FakePostgres, PostgresError, type Transaction } from './fake-postgres.ts'
import { carryOut, selectAccounts, updateAccount } from './fake-statements.ts'

const ACCOUNTS = ['a0', 'a1', 'a2']
const SESSIONS = 3

interface Answered {
  readonly rows?: Rows
  readonly code?: string
}

interface Session {
  readonly client: pg.Client
  readonly pid: number
  transaction: Transaction | undefined
  /** Locks are taken in their order, so that nobody waits in a circle: who is the victim then is not compared. */
  highestLock: string
  waiting: { readonly real: Promise<Answered>; fake: Answered | undefined } | undefined
}

/** Read by a call: it may have been given meanwhile. */
function fakeAnswer(waiting: NonNullable<Session['waiting']>): Answered | undefined {
  return waiting.fake
}

/** A transaction by its two ids. */
interface Known {
  readonly real: string
  readonly fake: number
}

/** What a run met, by kind. @throws AssertionError at the first difference */
export async function differPostgres(
  url: string,
  steps: number,
  seed: number,
  onStep: (done: number) => void = () => undefined,
): Promise<ReadonlyMap<string, number>> {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const met = new Map<string, number>()
  const meet = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1)
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, query_timeout: 20_000 })
    await client.connect()
    return client
  }
  const observer = await connect()
  await observer.query(
    'CREATE TABLE account (id text PRIMARY KEY, amount bigint NOT NULL, version integer NOT NULL)',
  )
  await observer.query(`INSERT INTO account SELECT unnest($1::text[]), 100, 0`, [ACCOUNTS])
  const fake = new FakePostgres(() => 0, new Map(ACCOUNTS.map((id) => [id, { amount: 100, version: 0 }])))
  const sessions: Session[] = []
  for (let index = 0; index < SESSIONS; index++) {
    const client = await connect()
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    sessions.push({
      client,
      pid: rows[0]?.pid ?? 0,
      transaction: undefined,
      highestLock: '',
      waiting: undefined,
    })
  }
  const known: Known[] = []
  const log: string[] = []
  const where = (): string => `seed ${seed}, after ${log.slice(-12).join('; ')}`

  const isWaiting = async (pid: number): Promise<boolean> => {
    const { rows } = await observer.query('SELECT pg_blocking_pids($1) AS pids', [pid])
    return ((rows[0] as { pids: unknown[] }).pids ?? []).length > 0
  }
  const collect = async (): Promise<void> => {
    for (const session of sessions) {
      const { waiting } = session
      if (!waiting?.fake) continue
      session.waiting = undefined
      assert.deepEqual(await waiting.real, waiting.fake, where())
    }
  }
  const send = async (session: Session, sql: string): Promise<Answered | undefined> => {
    const { client, transaction } = session
    const real = client.query<Record<string, unknown>>(sql).then(
      ({ rows }): Answered => ({ rows }),
      (error: { code?: string }): Answered => ({ code: error.code ?? '' }),
    )
    const waiting: NonNullable<Session['waiting']> = { real, fake: undefined }
    session.waiting = waiting
    carryOut(fake, transaction, sql, (result) => {
      waiting.fake = result instanceof PostgresError ? { code: result.code } : { rows: result }
    })
    const answered = fakeAnswer(waiting)
    if (answered) {
      meet(answered.code ?? 'rows')
      await collect()
      return answered
    }
    meet('waits')
    for (let tries = 0; !(await isWaiting(session.pid)); tries++) {
      assert.ok(tries < 500, `the fake waits for a lock, PostgreSQL does not: ${where()}`)
      await wait(2)
    }
    return undefined
  }
  const compareStatuses = async (): Promise<void> => {
    for (const { real, fake: id } of known.slice(-6)) {
      const { rows } = await observer.query('SELECT pg_xact_status($1::text::xid8) AS status', [real])
      const { status } = rows[0] as { status: string }
      assert.equal(status, fake.statusOf(id), `how ${real} stands: ${where()}`)
      const { rows: oldest } = await observer.query(
        'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS id',
      )
      // Others on this server may hold theirs back further.
      if (status === 'in progress') {
        assert.ok(BigInt((oldest[0] as { id: string }).id) <= BigInt(real), where())
        assert.ok(fake.oldestRunning() <= id, where())
      }
    }
  }

  try {
    for (let count = 0; count < steps; count++) {
      const free = sessions.filter(({ waiting }) => !waiting)
      const session = pick(free)
      const name = `session ${sessions.indexOf(session)}`
      const chance = random()
      if (!session.transaction) {
        const isolation = random() < 0.5 ? 'read committed' : 'repeatable read'
        log.push(`${name} BEGIN ${isolation}`)
        await session.client.query(`BEGIN ISOLATION LEVEL ${isolation}`)
        session.transaction = fake.begin(isolation)
        session.highestLock = ''
      } else if (chance < 0.3) {
        log.push(`${name} SELECT`)
        await send(session, selectAccounts(ACCOUNTS))
      } else if (chance < 0.6) {
        const id = pick(ACCOUNTS)
        if (id < session.highestLock && !session.transaction.writes.has(id)) continue
        // Who of several that wait comes first is not promised.
        if (sessions.some(({ waiting, highestLock }) => waiting && highestLock === id)) continue
        session.highestLock = id > session.highestLock ? id : session.highestLock
        log.push(`${name} UPDATE ${id}`)
        await send(session, updateAccount(id, Math.floor(random() * 9)))
      } else if (chance < 0.7) {
        log.push(`${name} id`)
        if (session.transaction.isDoomed) continue
        const { rows } = await session.client.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
        // It takes its snapshot there, as any statement.
        fake.view(session.transaction)
        const ids = { real: rows[0]?.id ?? '', fake: fake.idOf(session.transaction) }
        if (!known.some(({ real }) => real === ids.real)) known.push(ids)
        assert.equal(known.find(({ real }) => real === ids.real)?.fake, ids.fake, where())
      } else if (chance < 0.74) {
        log.push(`${name} error`)
        await send(session, 'SELECT 1 / 0')
      } else if (chance < 0.9) {
        const how = random() < 0.7 ? 'COMMIT' : 'ROLLBACK'
        log.push(`${name} ${how}`)
        const { command } = await session.client.query(how)
        const { transaction } = session
        assert.equal(command, transaction.isDoomed ? 'ROLLBACK' : how, where())
        if (how === 'COMMIT' && !transaction.isDoomed) fake.commit(transaction)
        else fake.abort(transaction)
        session.transaction = undefined
        meet(command)
        await collect()
      } else await compareStatuses()
      onStep(count + 1)
    }
  } finally {
    await Promise.all([observer, ...sessions.map(({ client }) => client)].map((client) => client.end()))
  }
  return met
}
