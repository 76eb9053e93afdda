import { expect, test } from 'vitest'
import { readServer } from '../../src/redis/server.ts'

const info = (lines: readonly string[]): string => `# Server\r\n${lines.join('\r\n')}\r\n`

test.each(['noeviction', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'])(
  'a primary with %s may hold what must stay',
  (policy) => {
    const server = readServer(
      info(['run_id:abc', 'role:master', 'master_replid:def', `maxmemory_policy:${policy}`]),
    )
    expect(server).toEqual({ runId: 'abc', isPrimary: true, replicationId: 'def', problem: undefined })
  },
)

test.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random'])('one with %s may not', (policy) => {
  const server = readServer(info(['run_id:abc', 'role:master', `maxmemory_policy:${policy}`]))
  expect(server?.problem).toMatch(`maxmemory-policy ${policy}`)
})

test('nor a replica', () => {
  const server = readServer(info(['run_id:abc', 'role:slave', 'maxmemory_policy:noeviction']))
  expect(server).toMatchObject({ isPrimary: false, problem: expect.stringMatching(/replica/) as string })
})

test('without a run id it is not known at all', () => {
  expect(readServer(info(['role:master']))).toBeUndefined()
})
