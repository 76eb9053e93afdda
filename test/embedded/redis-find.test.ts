import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { beforeAll, expect, test } from 'vitest'
import { findRedis, startRedis, type RedisBinary } from '../../src/embedded/index.ts'
import { findProgram } from '../../src/embedded/redis/search-path.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()
const noApt = (await findProgram('apt-get', process.env['PATH'] ?? '')) === undefined

let redis: RedisBinary
beforeAll(async () => {
  redis = await findRedis()
})

/** A folder to search that holds programs which only run another one, or print something. */
async function searchPath(programs: Readonly<Record<string, string>>): Promise<string> {
  const bin = join(await scratch.folder(), 'bin')
  await mkdir(bin)
  for (const [name, body] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${body}\n`)
    await chmod(join(bin, name), 0o755)
  }
  return bin
}

function runRedis(): string {
  const env = Object.entries(redis.env).map(([name, value]) => `${name}='${value}'`)
  return `${env.join(' ')} exec ${redis.command} "$@"`
}

/** A folder with all the system's programs, but no Redis. */
async function pathWithoutRedis(): Promise<string> {
  const bin = join(await scratch.folder(), 'bin')
  await mkdir(bin)
  for (const dir of ['/usr/sbin', '/usr/bin', '/sbin', '/bin']) {
    for (const name of await readdir(dir)) {
      if (/redis|valkey/.test(name)) continue
      await symlink(join(dir, name), join(bin, name)).catch(() => undefined)
    }
  }
  return bin
}

test.each(['redis-server', 'valkey-server'])('%s on PATH is used', async (name) => {
  const PATH = await searchPath({ [name]: runRedis() })
  const found = await findRedis({ env: { PATH: `/nowhere:${PATH}` }, allowDownload: false })
  expect(found).toEqual({ command: join(PATH, name), env: {}, how: 'path', version: redis.version })
})

test('one on PATH that does not run or is too old is passed over, and the reasons are given', async () => {
  const PATH = await searchPath({
    'redis-server': 'echo "Redis server v=5.0.7 sha=0 bits=64"',
    'valkey-server': 'echo "libfast.so is missing" >&2; exit 127',
  })
  const failing = findRedis({ env: { PATH, HOME: await scratch.folder() }, allowDownload: false })
  await expect(failing).rejects.toThrow(/is 5\.0\.7, 6 is needed[^]*libfast\.so is missing/)
})

test('where there is none, the error lists the ways to get one', async () => {
  const error: unknown = await findRedis({ env: { PATH: '/nowhere', HOME: await scratch.folder() } }).catch(
    (error: unknown) => error,
  )
  expect(error).toMatchObject({ code: 'HF_EMBEDDED' })
  const ways = [
    'REDIS_URL',
    'brew install redis',
    'apt-get install redis-server',
    'docker run -p 6379:6379 redis:7',
  ]
  for (const way of ways) expect(String(error)).toContain(way)
})

const reason = 'no apt-get on this machine, so nothing to fetch from'

test('it is fetched once from the Debian packages, by several at once, then taken from the cache', async ({
  skip,
}) => {
  skip(noApt, reason)
  const env = { ...process.env, PATH: await pathWithoutRedis() }
  const cacheDir = join(await scratch.folder(), 'cache')
  const fetched = await Promise.all([findRedis({ env, cacheDir }), findRedis({ env, cacheDir })])
  expect(fetched.map(({ how }) => how)).toEqual(['debian-package', 'debian-package'])
  expect(await readdir(cacheDir)).toHaveLength(1)

  const binary = await findRedis({ env: { PATH: '/nowhere' }, cacheDir, allowDownload: false })
  expect(binary).toEqual({ ...fetched[0], how: 'cache' })

  const server = await startRedis({ binary })
  scratch.cleanUp(() => server.stop())
  const client = await createClient({ url: server.url }).connect()
  scratch.cleanUp(() => client.close())
  expect(await client.eval("return cjson.encode({'lua', 'works'})")).toBe('["lua","works"]')
})

test('a machine without package lists fetches its own', async ({ skip }) => {
  skip(noApt, reason)
  const folder = await scratch.folder()
  await mkdir(join(folder, 'no-lists', 'partial'), { recursive: true })
  await writeFile(join(folder, 'apt.conf'), `Dir::State::lists "${join(folder, 'no-lists')}";\n`)
  const env = { ...process.env, PATH: await pathWithoutRedis(), APT_CONFIG: join(folder, 'apt.conf') }
  const found = await findRedis({ env, cacheDir: join(folder, 'cache') })
  expect(found.how).toBe('debian-package')
})

test('a download that fails leaves nothing in the cache, and says what apt said', async ({ skip }) => {
  skip(noApt, reason)
  const folder = await scratch.folder()
  await mkdir(join(folder, 'sources'))
  await writeFile(
    join(folder, 'apt.conf'),
    `Dir::State::lists "${folder}/no-lists";\nDir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "${folder}/sources";\n`,
  )
  const env = { ...process.env, PATH: await pathWithoutRedis(), APT_CONFIG: join(folder, 'apt.conf') }
  const cacheDir = join(folder, 'cache')
  await expect(findRedis({ env, cacheDir })).rejects.toThrow(/apt-get download failed: .*redis-tools/s)
  expect(await readdir(cacheDir)).toEqual([])
})
