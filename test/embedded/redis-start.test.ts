import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import {
  findRedis,
  startRedis,
  type EmbeddedRedis,
  type RedisBinary,
  type RedisOptions,
} from '../../src/embedded/index.ts'
import { poll } from '../../src/embedded/poll.ts'
import { identify } from '../../src/embedded/process-identity.ts'
import { useLauncher } from './launcher.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()
const launch = useLauncher()

let binary: RedisBinary
beforeAll(async () => {
  binary = await findRedis()
})

async function start(options: Omit<RedisOptions, 'binary'> = {}): Promise<EmbeddedRedis> {
  const server = await startRedis({ binary, afterKill: 'stop', ...options })
  scratch.cleanUp(() => server.stop())
  return server
}

/** One that another process started and left to us. */
function left(other: unknown): EmbeddedRedis {
  const server = other as EmbeddedRedis
  scratch.cleanUp(async () => {
    if (await identify(server.pid)) process.kill(server.pid, 'SIGKILL')
    await ends(server.pid)
  })
  return server
}

/** Whether the process ends within 10 s. */
async function ends(pid: number): Promise<boolean> {
  return (await poll(systemClock, 10_000, async () => ((await identify(pid)) ? undefined : true))) ?? false
}

async function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  scratch.cleanUp(async () => client.destroy())
  return client
}

test('starts private and empty, persists and evicts nothing, and leaves nothing', async () => {
  const server = await start()
  const client = await connect(server.url)
  expect(await client.dbSize()).toBe(0)
  const config = await client.configGet(['bind', 'protected-mode', 'maxmemory-policy', 'appendonly', 'save'])
  expect(config).toEqual({
    bind: '127.0.0.1',
    'protected-mode': 'yes',
    'maxmemory-policy': 'noeviction',
    appendonly: 'no',
    save: '',
  })
  client.destroy()
  await server.stop()
  expect(await identify(server.pid)).toBeUndefined()
  await expect(stat(server.dir)).rejects.toThrow('ENOENT')
})

test('asks for its password, unless told to ask for none', async () => {
  const { port } = await start()
  await expect(connect(`redis://127.0.0.1:${port}`)).rejects.toThrow('NOAUTH')
  const open = await start({ password: '' })
  expect(open.url).toBe(`redis://127.0.0.1:${open.port}`)
  expect(await (await connect(open.url)).ping()).toBe('PONG')
})

test('with appendonly its data outlives a stop, in files that only we can read', async () => {
  const dir = join(await scratch.folder(), "a folder's name")
  const said: string[] = []
  const first = await start({
    dir,
    config: { appendonly: 'yes' },
    onProgress: (line) => said.push(line),
  })
  expect(said).toEqual([`starting Redis ${binary.version} from ${binary.command}`])
  await (await connect(first.url)).set('key', 'kept')
  await first.stop()
  const second = await start({ dir, config: { appendonly: 'yes' } })
  expect(second.reused).toBe(false)
  expect(await (await connect(second.url)).get('key')).toBe('kept')
  expect((await stat(dir)).mode & 0o077).toBe(0)
  for (const name of ['redis.conf', 'instance.json']) {
    expect((await stat(join(dir, name))).mode & 0o077).toBe(0)
  }
})

test('a server with a folder outlives the kill of its process, is reused, and can be stopped', async () => {
  const dir = join(await scratch.folder(), 'redis')
  const other = launch({ redis: { binary, dir }, afterwards: 'wait' })
  const theirs = left(await other.next())
  await (await connect(theirs.url)).set('key', 'in memory only')
  await other.kill()
  const said: string[] = []
  const ours = await start({ dir, onProgress: (line) => said.push(line) })
  expect(ours).toMatchObject({ reused: true, pid: theirs.pid, url: theirs.url })
  // Nothing was started.
  expect(said).toEqual([])
  expect(await (await connect(ours.url)).get('key')).toBe('in memory only')
  await ours.stop()
  expect(await identify(theirs.pid)).toBeUndefined()
})

test('two that start on one folder at once share one server', async () => {
  const dir = join(await scratch.folder(), 'redis')
  const [one, two] = await Promise.all([start({ dir }), start({ dir })])
  expect([one, two].filter(({ reused }) => reused)).toHaveLength(1)
  expect(one.url).toBe(two.url)
})

test('a server without a folder ends when its process is killed', async () => {
  const other = launch({ redis: { binary }, afterwards: 'wait' })
  const theirs = left(await other.next())
  scratch.cleanUp(() => rm(theirs.dir, { recursive: true, force: true }))
  await other.kill()
  expect(await ends(theirs.pid)).toBe(true)
})

test('a server ends with a process that exits without stopping it', async () => {
  const dir = join(await scratch.folder(), 'redis')
  const other = launch({ redis: { binary, dir }, afterwards: 'exit' })
  const theirs = left(await other.next())
  await other.exited
  expect(await ends(theirs.pid)).toBe(true)
})

test('what a dead server left confuses nobody, even when a stranger has its pid by now', async () => {
  const dir = join(await scratch.folder(), 'redis')
  await (await start({ dir })).stop()
  const stranger = spawn('sleep', ['60'])
  scratch.cleanUp(async () => {
    stranger.kill()
    await once(stranger, 'exit')
  })
  await writeFile(join(dir, 'redis.pid'), `${stranger.pid}\n`)
  const server = await start({ dir })
  expect(server.reused).toBe(false)
  expect(stranger.exitCode).toBeNull()
  await server.stop()
  await writeFile(join(dir, 'instance.json'), '{"po')
  expect((await start({ dir })).reused).toBe(false)
})

test('one that runs but does not answer is reported with its pid', async () => {
  const dir = join(await scratch.folder(), 'redis')
  const { pid } = await start({ dir })
  process.kill(pid, 'SIGSTOP')
  const failing = start({ dir, timeoutMs: 300 })
  await expect(failing).rejects.toThrow(`Redis (pid ${pid}) runs on ${dir}, but does not answer`)
  process.kill(pid, 'SIGCONT')
})

test('a port in use is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  scratch.cleanUp(async () => taken.close())
  const { port } = taken.address() as { port: number }
  await expect(start({ port })).rejects.toThrow(`port ${port} is in use: choose another one`)
})

test('a directive that Redis refuses is reported with its last words', async () => {
  await expect(start({ config: { maxmemroy: '1gb' } })).rejects.toThrow(/maxmemroy/)
})

test.each([
  [{ config: { port: '1' } }, 'config.port'],
  [{ config: { appendonly: 'no\nrequirepass ""' } }, 'config.appendonly must be a single line'],
  [{ password: 'with space' }, 'password'],
])('%j is refused, and named', async (options, named) => {
  await expect(start(options)).rejects.toThrow(named)
})

test('a folder that cannot be made is refused, and named', async () => {
  const file = join(await scratch.folder(), 'file')
  await writeFile(file, '')
  await expect(start({ dir: join(file, 'redis') })).rejects.toThrow(
    `dir ${join(file, 'redis')} cannot be made`,
  )
  expect(await readdir(join(file, '..'))).toEqual(['file'])
})
