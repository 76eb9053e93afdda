import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'
import { below, valueOf } from './compose-file.ts'

// What compose.yaml promises. Its Redis is tried for real in compose-redis.test.ts.

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the services', () => {
  test.each(['redis', 'postgres', 'desk'])('%s comes back after a crash and keeps its data', (service) => {
    expect(valueOf('restart', 'services', service)).toBe('unless-stopped')
    const volumes = below('services', service, 'volumes')
    expect(volumes.filter((line) => line.startsWith(`- ${service}:/`))).toHaveLength(1)
    expect(below('volumes')).toContain(`${service}:`)
  })

  test('the servers have health checks, and the desk starts after both are healthy', () => {
    expect(below('services', 'redis', 'healthcheck')).toContain('test:')
    expect(valueOf('test', 'services', 'postgres', 'healthcheck')).toContain('pg_isready')
    for (const server of ['redis', 'postgres'])
      expect(valueOf('condition', 'services', 'desk', 'depends_on', server)).toBe('service_healthy')
  })

  test('workers are asked for, and reach what the desk reaches', () => {
    expect(valueOf('profiles', 'services', 'worker')).toBe('[workers]')
    for (const setting of ['DATABASE_URL', 'REDIS_URL'])
      expect(valueOf(setting, 'services', 'worker', 'environment')).toBe(
        valueOf(setting, 'services', 'desk', 'environment'),
      )
    for (const key of ['build', 'image', 'restart', 'read_only', 'cap_drop', 'security_opt'])
      expect([key, valueOf(key, 'services', 'worker')]).toEqual([key, valueOf(key, 'services', 'desk')])
    expect(below('services', 'worker', 'depends_on')).toEqual(below('services', 'desk', 'depends_on'))
    // Any number of them keep nothing.
    expect(below('services', 'worker')).not.toContain('volumes:')
    expect(valueOf('tmpfs', 'services', 'worker')).toBe('[/tmp, /data]')
  })

  test('only the desk is published, on this machine alone', () => {
    const text = readFileSync(`${root}/compose.yaml`, 'utf8')
    expect(text.match(/^ *ports:$/gm)).toHaveLength(1)
    expect(below('services', 'desk', 'ports')).toEqual(['- 127.0.0.1:${DESK_PORT:-4400}:4400'])
  })

  test('PostgreSQL has no password of ours', () => {
    expect(valueOf('POSTGRES_PASSWORD', 'services', 'postgres', 'environment')).toMatch(
      /^\$\{POSTGRES_PASSWORD:\?.+\}$/,
    )
  })
})

describe('the image of the desk', () => {
  const dockerfile = readFileSync(`${root}/Dockerfile`, 'utf8')

  test('runs as an ordinary user and is asked whether it is ready', () => {
    const [, final = ''] = dockerfile.split(/^FROM .*slim$/m)
    expect(final).toMatch(/^USER node$/m)
    expect(final).toMatch(/^HEALTHCHECK [\s\S]*?\/health\/ready/m)
    expect(final).toContain('PORT=4400')
  })

  test.each([
    ['the API, at its port', { PORT: 'own' }],
    ['a process without one, at its port for health', { PORT: 'other', HEALTH_PORT: 'own' }],
  ])('asks %s', async (_, ports) => {
    const [, script = ''] = /CMD \["node", "-e", "(.*)"\]$/m.exec(dockerfile) ?? []
    const asked: (string | undefined)[] = []
    let code = 503
    const server = createServer(({ url }, response) => {
      asked.push(url)
      response.writeHead(code).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const env = Object.fromEntries(
      Object.entries(ports).map(([name, which]) => [name, which === 'own' ? String(port) : '1']),
    )
    const check = () => promisify(execFile)(process.execPath, ['-e', script], { env, timeout: 10_000 })
    await expect(check()).rejects.toMatchObject({ code: 1 })
    code = 200
    await check()
    expect(asked).toEqual(['/health/ready', '/health/ready'])
  })

  test('starts what npm start starts', () => {
    const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
      scripts: { start: string }
    }
    const [, command = ''] = /^CMD (\[.*\])$/m.exec(dockerfile) ?? []
    expect((JSON.parse(command) as string[]).join(' ')).toBe(scripts.start)
  })
})

describe('docker compose', () => {
  const exists = hasCompose()

  /** The configuration as Compose understands it. Throws with what it complains of. */
  function config(env: Readonly<Record<string, string>>): { services: Record<string, Service> } {
    const args = ['compose', '--env-file', '/dev/null', 'config', '--format', 'json']
    const { PATH, HOME } = process.env
    const stdout = execFileSync('docker', args, { cwd: root, env: { PATH, HOME, ...env }, stdio: 'pipe' })
    return JSON.parse(stdout.toString()) as { services: Record<string, Service> }
  }

  test('accepts the file, with a password for Redis and without', ({ skip }) => {
    skip(!exists, 'docker compose is not installed here')
    const { desk: open } = config({ POSTGRES_PASSWORD: 'p' }).services
    expect(open?.environment['REDIS_URL']).toBe('redis://:@redis:6379')
    const { desk: guarded } = config({ POSTGRES_PASSWORD: 'p', REDIS_PASSWORD: 'r' }).services
    expect(guarded?.environment['REDIS_URL']).toBe('redis://:r@redis:6379')
    expect(guarded?.environment['DATABASE_URL']).toBe('postgres://desk:p@postgres:5432/desk')
    expect(guarded?.environment['ROLES']).toBe('')
    const env = { POSTGRES_PASSWORD: 'p', COMPOSE_PROFILES: 'workers', DESK_ROLES: 'api' }
    const { desk, worker } = config(env).services
    expect([desk?.environment['ROLES'], worker?.environment['ROLES']]).toEqual(['api', 'worker,relay'])
  })

  test('says what is missing', ({ skip }) => {
    skip(!exists, 'docker compose is not installed here')
    expect(() => config({})).toThrow('POSTGRES_PASSWORD')
  })

  test('finds the configuration of each profile', ({ skip }) => {
    skip(!exists, 'docker compose is not installed here')
    for (const profile of ['dev', 'prod']) {
      const { redis } = config({ POSTGRES_PASSWORD: 'p', REDIS_PROFILE: profile }).services
      const sources = redis?.volumes.map(({ source }) => source) ?? []
      expect(sources.find((source) => source.endsWith('.conf'))).toMatch(`deploy/redis/${profile}.conf`)
      expect(sources.filter((source) => source.startsWith('/')).every(existsSync)).toBe(true)
    }
  })
})

interface Service {
  readonly environment: Readonly<Record<string, string>>
  readonly volumes: readonly { readonly source: string }[]
}

function hasCompose(): boolean {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore', timeout: 10_000 })
    return true
  } catch {
    return false
  }
}
