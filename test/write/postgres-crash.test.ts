import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { memoryStore, WriteUnknownError } from 'holdfast'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EmbeddedPostgres, startPostgres } from '../../src/embedded/index.ts'
import { SERVER_LIFE } from '../../src/fence/transaction-status.ts'
import { openBank, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'

// PostgreSQL crashes. What was not on disk is gone, and the ids of such transactions are given to others.

let folder: string
let server: EmbeddedPostgres

const start = async (port?: number): Promise<EmbeddedPostgres> =>
  startPostgres({
    dataDir: join(folder, 'postgres'),
    afterKill: 'stop',
    // Nothing but a COMMIT brings a transaction to the disk.
    settings: { wal_writer_delay: '10s' },
    ...(port !== undefined && { port }),
  })
const asked = async <Answer>(ask: (client: pg.Client) => Promise<Answer>): Promise<Answer> => {
  const client = new pg.Client({ connectionString: server.url, query_timeout: 5_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await ask(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}
const life = (): Promise<unknown> =>
  asked(async (client) => (await client.query(`SELECT ${SERVER_LIFE} AS life`)).rows[0].life)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
  server = await start()
})
afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a write that was lost is not taken for somebody else who got its transaction id', async () => {
  const bank = await openBank(server.url)
  const state = await bank.node(memoryStore())
  let lost = 0n
  bank.interrupt.beforeCommit = async () => {
    bank.interrupt.beforeCommit = undefined
    process.kill(server.pid, 'SIGQUIT')
    await eventually(async () =>
      life().then(
        () => false,
        () => true,
      ),
    )
    server = await start(server.port)
    await asked(async (client) => {
      for (let id = 0n; id < lost;) {
        const { rows } = await client.query(
          "INSERT INTO account VALUES ('o' || pg_current_xact_id()::text, 1) RETURNING substr(id, 2) AS id",
        )
        id = BigInt(rows[0].id)
      }
    })
  }
  const write = state.write(async (tx, changes) => {
    changes.touch(bank.keyspaces.account, { id: 'mine' })
    await setAmount(tx, 'mine', 5)
    const { rows } = await tx.execute<{ id: string }>('SELECT pg_current_xact_id()::text AS id')
    lost = BigInt(rows[0]?.id ?? 0)
  })
  await expect(write).rejects.toBeInstanceOf(WriteUnknownError)
  expect(
    await asked(async (client) => (await client.query(`SELECT pg_xact_status('${lost}') AS s`)).rows),
  ).toEqual([{ s: 'committed' }])
  expect(await state.account.get({ id: 'mine' })).toBeNull()
  await state.close()
  await bank.close()
})

test('the life of a server ends with a crash of one of its processes, and not with a restart', async () => {
  const before = await life()
  await server.stop()
  server = await start()
  expect(await life()).toBe(before)
  await asked(async (client) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    process.kill(rows[0].pid, 'SIGKILL')
  })
  await eventually(async () =>
    life().then(
      (now) => now !== before,
      () => false,
    ),
  )
})
