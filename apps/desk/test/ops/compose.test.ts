import { expect, test } from 'vitest'
import { below } from '../../../../test/docs/compose-file.ts'
import { readSettings, type Settings } from '../../src/ops/settings.ts'

/** The settings of a service of compose.yaml, as the desk reads them; `given` is the environment of Compose. */
function settingsOf(service: string, given: Readonly<Record<string, string>> = {}): Settings {
  const lines = below('services', service, 'environment').filter((line) => line.includes(': '))
  const environment = lines.map((line) => {
    const [name = '', text = ''] = line.split(/: (.*)/)
    return [
      name,
      text.replaceAll(/\$\{(\w+)(?::-)?\}/g, (_, variable: string) => given[variable] ?? ''),
    ] as const
  })
  return readSettings({}, Object.fromEntries(environment))
}

test('compose.yaml: the desk does all of it, or what it is told to, and workers do the rest', () => {
  expect(settingsOf('desk')).toMatchObject({ roles: ['api', 'worker', 'relay'], healthPort: undefined })
  expect(settingsOf('desk', { DESK_ROLES: 'api' }).roles).toEqual(['api'])
  expect(settingsOf('worker')).toMatchObject({ roles: ['worker', 'relay'], healthPort: 4_401 })
})

test('compose.yaml: workers have the servers of the desk', () => {
  const given = { POSTGRES_PASSWORD: 'p', REDIS_PASSWORD: 'r' }
  const [desk, worker] = [settingsOf('desk', given), settingsOf('worker', given)]
  expect(worker).toMatchObject({
    databaseUrl: 'postgres://desk:p@postgres:5432/desk',
    redisUrl: 'redis://:r@redis:6379',
  })
  expect([desk.databaseUrl, desk.redisUrl]).toEqual([worker.databaseUrl, worker.redisUrl])
})
