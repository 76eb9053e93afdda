import expressSession from 'express-session'
import { open, session } from 'holdfast'
import { sessionStore } from 'holdfast/express'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { concurrently, type Work } from '../measure.ts'
import { connectRedis } from '../rivals/coordination/connect-redis.ts'
import { roundTripsOf } from '../round-trips.ts'
import type { Findings, Row } from '../row.ts'
import { roundTrips } from './by-hand.ts'
import { rivalry } from './rivalry.ts'

const CONCURRENCY = 100
const SESSIONS = 1_000

const held = {
  userId: 'u1',
  cart: ['a', 'b', 'c'],
  cookie: { originalMaxAge: 1_800_000, httpOnly: true, path: '/' },
}
const ids = Array.from({ length: SESSIONS }, (_, index) => `session-of-the-bench-${index}`)

/** Our store for express-session, as an application has it. */
async function openOurs(url: string) {
  const web = session({
    key: 'session:{userId}',
    about: 'Sessions of a web application.',
    value: z.looseObject({ userId: z.string().optional() }),
    idle: '30m',
    absolute: '12h',
  })
  const state = await open({ web }, { store: redisStore({ url }) })
  const store = sessionStore(expressSession.Store, state.web, {
    user: ({ userId }) => (userId === undefined ? null : { userId }),
  })
  const get = (id: string): Promise<unknown> =>
    new Promise((resolve, reject) =>
      store.get(id, (error, found) => {
        if (error) reject(new Error('the store failed', { cause: error }))
        else if (found) resolve(found)
        else reject(new Error(`${id} is gone`))
      }),
    )
  const begin = (id: string, index: number): Promise<void> =>
    new Promise((resolve, reject) =>
      store.set(id, { ...held, userId: `u${index}` }, (error) =>
        error ? reject(new Error('the store failed', { cause: error })) : resolve(),
      ),
    )
  return { get, begin, close: () => state.close() }
}

/**
 * Measures both. There is no target: connect-redis sends plain GET and EXPIRE, and has neither an end that use does not
 * put off, nor the sessions of a user, nor one that stays ended while a request of it is under way. `isWhole`: with
 * what ends a request, too.
 */
async function beside(redisUrl: string, isWhole: boolean): Promise<Findings> {
  const ours = await openOurs(redisUrl)
  const all = (get: (id: string) => Promise<unknown>): Work =>
    concurrently(CONCURRENCY, (index) => get(ids[index % SESSIONS] as string))
  for (const [index, id] of ids.entries()) await ours.begin(id, index)
  const one = await roundTripsOf(redisUrl, () => ours.get(ids[0] as string))
  const found = await rivalry(
    isWhole ? 'requests/s' : 'reads/s',
    {
      name: 'holdfast',
      configuration: 'reading is the use: there is no touch',
      open: async () => ({ work: all(ours.get) }),
    },
    [
      {
        name: connectRedis.name,
        configuration: connectRedis.configuration,
        async open() {
          const store = await connectRedis.open(redisUrl)
          for (const id of ids) await store.begin(id, held)
          const request = async (id: string): Promise<unknown> => {
            const session = await store.get(id)
            if (!session) throw new Error(`${id} is gone`)
            return store.touch(id, session)
          }
          return { work: all(isWhole ? request : store.get), close: () => store.close() }
        },
      },
    ],
    [],
  )
  return {
    ...found,
    comparisons: [roundTrips('get', one, 1), ...found.comparisons],
    async close() {
      await found.close?.()
      await ours.close()
    },
  }
}

/** The rows of the store of express-session. */
export const sessionStoreRows: readonly Row[] = [
  {
    row: 'session-store',
    about: `requests that change nothing in their session, as express-session asks for them, ${CONCURRENCY} at a time`,
    run: ({ redisUrl }) => beside(redisUrl, true),
  },
  {
    row: 'session-store.get',
    about: `the same without what ends a request: the session is read, and its use forgotten by connect-redis`,
    run: ({ redisUrl }) => beside(redisUrl, false),
  },
]
