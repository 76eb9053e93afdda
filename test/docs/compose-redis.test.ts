import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createClient } from '@redis/client'
import { open } from 'holdfast'
import { findRedis, freePort } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { eventually } from '../servers/eventually.ts'
import { scriptIn, valueOf } from './compose-file.ts'

// The Redis of compose.yaml without a container: its start and health check scripts run here as they stand, with
// the configuration of deploy/redis, on a real server. Stand-ins on PATH for the two programs that the scripts call
// add what only the image knows: the address, the port and the folders of this test.

const START = scriptIn('services', 'redis', 'command')
const HEALTH_CHECK = scriptIn('services', 'redis', 'healthcheck', 'test')
const DESK_URL = valueOf('REDIS_URL', 'services', 'desk', 'environment') ?? ''
const runs = promisify(execFile)
const PROFILES = fileURLToPath(new URL('../../deploy/redis', import.meta.url))

const binary = await findRedis({ allowDownload: false }).catch(() => undefined)
const cli = binary && binary.command.replace(/-server$/, '-cli')
const missing =
  cli && existsSync(cli) ? undefined : 'there is no redis-server with its redis-cli on this machine'

let folder: string
let port: number
let server: ChildProcess | undefined

/** Stand-ins for the programs. The first argument of the server is the configuration in the image. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-compose-'))
  port = await freePort()
  const here = `--dir '${folder}' --bind 127.0.0.1 --port ${port}`
  const programs = {
    'redis-server': `shift; exec '${binary?.command}' "${PROFILES}/$PROFILE.conf" "$@" ${here}`,
    'redis-cli': `exec '${cli}' -h 127.0.0.1 -p ${port} "$@"`,
  }
  for (const [name, line] of Object.entries(programs))
    await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
})

afterEach(async () => {
  if (server && server.exitCode === null && server.signalCode === null) {
    server.kill('SIGKILL')
    await once(server, 'exit')
  }
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

function environment(password: string, profile = 'dev'): NodeJS.ProcessEnv {
  return { ...binary?.env, PATH: `${folder}:/usr/bin:/bin`, REDIS_PASSWORD: password, PROFILE: profile }
}

/** Starts the server as the container does, and waits until its health check passes. */
async function start(password: string, profile?: string): Promise<ChildProcess> {
  server = spawn('sh', ['-c', START], { env: environment(password, profile), stdio: 'ignore' })
  await eventually(() => isHealthy(password))
  return server
}

/** Runs the health check, with a timeout as the container has one. */
async function isHealthy(password: string): Promise<boolean> {
  return runs('sh', ['-c', HEALTH_CHECK], { env: environment(password), timeout: 1_000 }).then(
    () => true,
    () => false,
  )
}

/** The address that the desk is given, with this server in the place of the container. */
function deskUrl(password: string): string {
  return DESK_URL.replace('${REDIS_PASSWORD:-}', password).replace('redis:6379', `127.0.0.1:${port}`)
}

/** The server's answer to one command, over a connection that sends nothing else but its password. */
async function ask<Answer>(command: readonly string[], password = ''): Promise<Answer> {
  const client = createClient({
    url: deskUrl(password),
    disableClientInfo: true,
    maintNotifications: 'disabled',
  })
  await client.connect()
  try {
    return await client.sendCommand<Answer>(command)
  } finally {
    client.destroy()
  }
}

async function configured(name: string): Promise<string | undefined> {
  return (await ask<Record<string, string>>(['CONFIG', 'GET', name]))[name]
}

test.for([
  ['without a password', ''],
  ['with a password', 'Sesame.open_~-1'],
])(
  '%s the server gets healthy, and the desk gets in with its REDIS_URL',
  async ([, password = ''], { skip }) => {
    skip(missing !== undefined, missing)
    expect(await isHealthy(password)).toBe(false)
    await start(password)
    const refusals = await ask<string>(['INFO', 'errorstats'], password)
    expect(refusals, 'of the health check').not.toContain('errorstat_ERR')
    const state = await open({}, { store: redisStore({ url: deskUrl(password) }) })
    expect(await state.ping()).toBe('redis')
    await state.close()
  },
)

test('with a password nobody gets in without it, the health check included', async ({ skip }) => {
  skip(missing !== undefined, missing)
  await start('secret')
  expect(await isHealthy('')).toBe(false)
  expect(await isHealthy('wrong')).toBe(false)
  await expect(configured('maxmemory')).rejects.toThrow('NOAUTH')
})

test('a server that has ended, or hangs, is not healthy', async ({ skip }) => {
  skip(missing !== undefined, missing)
  const running = await start('')
  running.kill('SIGSTOP')
  expect(await isHealthy('')).toBe(false)
  running.kill('SIGKILL')
  await once(running, 'exit')
  expect(await isHealthy('')).toBe(false)
})

test.each(['with space', 'a:b', 'p@ss', '-first', 'quo"te', 'new\nline'])(
  'the password %j, which could not be part of a URL or an option, is refused by name',
  async (password) => {
    const env = { PATH: '/usr/bin:/bin', REDIS_PASSWORD: password }
    const failed = runs('sh', ['-c', START], { env, timeout: 3_000 })
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^REDIS_PASSWORD: use /),
    })
  },
)

test.for([
  ['dev', '268435456', '60'],
  ['prod', '4294967296', '300'],
])('the profile %s evicts nothing and keeps its data', async ([profile, maxmemory, keepalive], { skip }) => {
  skip(missing !== undefined, missing)
  await start('', profile)
  expect(await configured('maxmemory')).toBe(maxmemory)
  expect(await configured('maxmemory-policy')).toBe('noeviction')
  expect(await configured('appendonly')).toBe('yes')
  expect(await configured('save')).toBe('900 1 300 10 60 10000')
  expect(await configured('tcp-keepalive')).toBe(keepalive)
  expect(await configured('timeout')).toBe('0')
})
