import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { freshRedis } from '../servers/redis.ts'

// Processes that miss the same key in the same instant.

test('of nodes that miss at once one loads, and the others get its value', async () => {
  let loads = 0
  let answer = (): void => undefined
  const slow = cached({
    key: 'slow:{id}',
    about: 'x',
    value: z.string(),
    ttl: '1m',
    load: ({ id }) =>
      new Promise<string>((resolve) => {
        loads++
        answer = () => resolve(`value of ${id}`)
      }),
  })
  const store = redisStore(freshRedis())
  const nodes = await Promise.all(Array.from({ length: 4 }, () => open({ slow }, { store })))
  // The first of all also make the generation of the keyspace, and what is loaded meanwhile is not stored.
  await nodes[0]?.slow.set({ id: 'first' }, 'x')
  await Promise.all(nodes.map((node) => node.slow.get({ id: 'first' })))
  const ids = Array.from({ length: 40 }, (_, id) => ({ id: `${id}` }))
  for (const id of ids) {
    loads = 0
    const reads = Promise.all(nodes.map((node) => node.slow.get(id)))
    const areLoading = async () => {
      const seen = await Promise.all(nodes.map(({ slow }) => slow.inspect(id)))
      return seen.every(({ isLoading }) => isLoading)
    }
    await expect.poll(areLoading, { interval: 1 }).toBe(true)
    // Round trips of each: whoever was to load as well would have begun.
    for (let trip = 0; trip < 4; trip++) await Promise.all(nodes.map((node) => node.ping()))
    expect(loads).toBe(1)
    answer()
    expect(await reads).toEqual(nodes.map(() => `value of ${id.id}`))
  }
  expect(nodes.reduce((sum, node) => sum + node.slow.counts().loads, 0)).toBe(ids.length)
  await Promise.all(nodes.map((node) => node.close()))
})
