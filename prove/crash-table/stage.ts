import type pg from 'pg'
import type { Client } from '../client.ts'
import { openProtocol } from '../designs/protocol.ts'
import { SOUND } from '../designs/index.ts'
import type { WorkerOrder } from '../messages.ts'
import { Points } from '../points.ts'
import { MOVES } from '../watched.ts'
import type { OneRedis } from '../servers/one-redis.ts'
import type { Shape } from '../bank.ts'
import type { Left } from './steps.ts'

/** Groups of one account: what is derived of it, has its version. */
export const SHAPE: Shape = { groups: 64, size: 1 }
/** Of nobody's row. */
const SPARE = 63

const AT_REST: WorkerOrder['load'] = {
  readers: 0,
  writers: 0,
  readRestMs: 0,
  writeRestMs: 0,
  readsPerWrite: 0,
  ttl: '1h',
  late: { share: 0, mostMs: 0, lostFences: 0 },
  commitRestMs: 0,
}

/** Where processes die: a Redis, a gate of its own, and another process that reads. */
export interface Stage {
  readonly namespace: string
  readonly redis: OneRedis
  readonly pool: pg.Pool
  /** What a process that is to die is started with. */
  readonly order: WorkerOrder
  /** The process that lives. */
  readonly observer: Client
  /** While it is held, the observer loses every race for a step of the gate. */
  holdGate(isHeld: boolean): void
  close(): Promise<void>
}

/** Opens the state of the observer. */
export async function openStage(
  namespace: string,
  redis: OneRedis,
  pool: pg.Pool,
  databaseUrl: string,
  design: string = SOUND,
): Promise<Stage> {
  const order: WorkerOrder = {
    databaseUrl,
    redis: { url: redis.url },
    namespace,
    shape: SHAPE,
    load: AT_REST,
    design,
    incarnation: 0,
    logPath: '',
  }
  let isGateHeld = false
  const never = new Points(async () => undefined)
  const observer = await openProtocol(order, pool, never, () => ({
    truth: (inner) => ({
      ...inner,
      query: async (session, statement, parameters) =>
        isGateHeld && MOVES.test(statement) ? [] : inner.query(session, statement, parameters),
    }),
  }))
  // Redis knows all scripts from now on: what is sent, is done.
  await write(observer, SPARE, 'put')
  await write(observer, SPARE, 'touch')
  return {
    namespace,
    redis,
    pool,
    order,
    observer,
    holdGate: (isHeld) => void (isGateHeld = isHeld),
    close: () => observer.close(),
  }
}

/** Changes the account, and what is derived from it. */
export function write(observer: Client, account: number, how: 'put' | 'touch'): Promise<void> {
  return observer.write({
    accounts: [account],
    groups: [account],
    how,
    isolation: undefined,
    ack: 'settled',
    body: async (tx) => {
      await tx.query('UPDATE account SET version = version + 1 WHERE id = $1', [account])
    },
  })
}

/** What lies in Redis for the account, in any epoch. */
export async function leftOf(
  { redis, namespace }: Stage,
  account: number,
  old: number,
): Promise<Left | 'something else'> {
  const names = await redis.ask<string[]>(['KEYS', `${namespace}:~s:*:account:${account}`])
  const entries = await Promise.all(names.map((name) => redis.ask<string | null>(['GET', name])))
  const [entry, ...others] = entries.filter((one) => one !== null)
  if (others.length > 0) return 'something else'
  if (entry === undefined) return 'nothing'
  if (entry.startsWith('L ')) return 'a lease'
  if (entry.startsWith('F ')) return 'a fence'
  const version = /"version":(\d+)/.exec(entry)?.[1]
  return version === undefined ? 'something else' : Number(version) <= old ? 'the old value' : 'the new value'
}

/** The committed version of the account. */
export async function committedVersion({ pool }: Stage, account: number): Promise<number> {
  const { rows } = await pool.query<{ version: number }>('SELECT version FROM account WHERE id = $1', [
    account,
  ])
  return rows[0]?.version ?? -1
}

/** The gate of the stage, as PostgreSQL has it. */
export async function gateOf({ pool, namespace }: Stage): Promise<{ state: string; epoch: number }> {
  const { rows } = await pool.query<{ state: string; epoch: number }>(
    'SELECT state, epoch::float8 AS epoch FROM holdfast_gate WHERE namespace = $1',
    [namespace],
  )
  return rows[0] ?? { state: 'unknown', epoch: -1 }
}
