import { createClient } from '@redis/client'
import { open, session } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { roundTripsOf } from './round-trips.ts'

/** Sessions that the one user has of whom all is asked. */
export const OF_ONE = 20
const AT_ONCE = 500
const REPEATS = 50

const login = session({
  key: 'session:{userId}',
  about: 'Who is signed in.',
  value: z.object({ device: z.string() }),
  idle: '1h',
  absolute: '12h',
})

/** What it cost to ask for the sessions of one user, and to end them, among those of all others. */
export interface Among {
  /** How many there were. */
  readonly sessions: number
  /** Commands of each call, by MONITOR. */
  readonly commands: Readonly<Record<'get' | 'list' | 'revoke' | 'revokeAll', readonly string[]>>
  /** Calls of KEYS, SCAN and their like since the server was started, by INFO commandstats. */
  readonly scans: number
  /** Processor time of the server for one `list`, in microseconds: the median. */
  readonly listMicros: number
  readonly listed: number
  readonly ended: number
  /** Of the others, how many are still there. */
  readonly left: number
}

/** Begins sessions of so many users on an empty server, and then asks for those of one. */
export async function sessionsAmong(redisUrl: string, others: number): Promise<Among> {
  const state = await open({ login }, { store: redisStore({ url: redisUrl }) })
  const client = createClient({ url: redisUrl })
  await client.connect()
  try {
    const ids: string[] = []
    for (let start = 0; start < others; start += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, others - start) }, (_, index) =>
        state.login.create({ userId: `u${start + index}` }, { device: 'phone' }),
      )
      for (const { id } of await Promise.all(some)) ids.push(id)
    }
    const one = { userId: 'one' }
    const own: string[] = []
    for (let n = 0; n < OF_ONE; n++) own.push((await state.login.create(one, { device: `d${n}` })).id)
    const [kept = '', revoked = ''] = own
    const commandsOf = (call: () => Promise<unknown>): Promise<string[]> => roundTripsOf(redisUrl, call)
    let listed = 0
    let ended = 0
    // A script is sent whole the first time that a server sees it.
    await state.login.list(one)
    await state.login.get(kept)
    await state.login.revoke((await state.login.create(one, { device: 'first' })).id)
    await state.login.revokeAll({ userId: 'nobody' })
    const micros: number[] = []
    for (let n = 0; n < REPEATS; n++) micros.push(await microsOf(client, () => state.login.list(one)))
    const commands = {
      get: await commandsOf(() => state.login.get(kept)),
      list: await commandsOf(async () => (listed = (await state.login.list(one)).length)),
      revoke: await commandsOf(() => state.login.revoke(revoked)),
      revokeAll: await commandsOf(async () => (ended = await state.login.revokeAll(one, { except: kept }))),
    }
    const found = await Promise.all(ids.slice(0, AT_ONCE).map((id) => state.login.get(id)))
    return {
      sessions: others + OF_ONE,
      commands,
      scans: scansIn(await client.info('commandstats')),
      listMicros: micros.toSorted((a, b) => a - b)[REPEATS / 2] ?? Number.NaN,
      listed,
      ended,
      left: found.filter((each) => each !== null).length,
    }
  } finally {
    client.destroy()
    await state.close()
  }
}

/** What the server's scripts took meanwhile. */
async function microsOf(client: { info(section: string): Promise<string> }, work: () => Promise<unknown>) {
  const taken = async (): Promise<number> =>
    Number(/cmdstat_evalsha:.*?usec=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0)
  const before = await taken()
  await work()
  return (await taken()) - before
}

function scansIn(stats: string): number {
  const calls = [...stats.matchAll(/^cmdstat_(?:keys|scan|sscan|hscan|zscan):calls=(\d+)/gm)]
  return calls.reduce((sum, [, count]) => sum + Number(count), 0)
}
