import { cached, open, strong, type Truth } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'

// One server: standalone, or whatever a provider gives a URL for.
export const alone = redisStore({ url: 'redis://:secret@localhost:6379' })

// The primary that Sentinels watch over.
export const watched = redisStore({
  sentinel: {
    name: 'mymaster',
    nodes: [
      { host: 'sentinel-1', port: 26_379 },
      { host: 'sentinel-2', port: 26_379 },
      { host: 'sentinel-3', port: 26_379 },
    ],
    password: 'secret',
  },
})

// A Cluster: some of its nodes are enough to find the others.
export const spread = redisStore({
  cluster: {
    nodes: [
      { host: 'redis-1', port: 6_379 },
      { host: 'redis-2', port: 6_379 },
    ],
    password: 'secret',
    tls: true,
  },
})

// Behind NAT, or from outside of the containers' network.
export const mapped = redisStore({
  cluster: {
    nodes: [{ host: 'localhost', port: 7_001 }],
    addressMap: {
      '172.18.0.2:6379': { host: 'localhost', port: 7_001 },
      '172.18.0.3:6379': { host: 'localhost', port: 7_002 },
      '172.18.0.4:6379': { host: 'localhost', port: 7_003 },
    },
  },
})

const holding = cached({
  key: 'holding:{user}:{asset}',
  about: 'What a user holds, for display. All of a user in one slot.',
  value: z.string(),
  ttl: '1m',
  slot: 'user',
})

const balance = strong({
  key: 'balance:{user}',
  about: 'Decides every order.',
  value: z.string(),
  load: async ({ user }, _tx: unknown) => `balance of ${user}`,
})

/** Two states: each with the store that its kinds can stand on. */
export async function openBoth(truth: Truth<unknown>) {
  const wide = await open({ holding }, { store: spread })
  const sure = await open({ balance }, { store: watched, truth })
  return { wide, sure }
}
