import { idempotency, limiter, lock, open, session, takeAll } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import type pg from 'pg'
import { z } from 'zod'
import { roundTripsOf } from './round-trips.ts'
import { countingStatements, pgTruth } from './truth.ts'

/** What one call costs. */
export interface CallCost {
  readonly kind: 'limiter' | 'lock' | 'idempotency' | 'session'
  readonly call: string
  /** Commands that reached Redis, one for each round trip, by MONITOR. */
  readonly commands: readonly string[]
  /** Statements that were sent to PostgreSQL, BEGIN and COMMIT excepted. */
  readonly statements: number
}

const keyspaces = {
  rate: limiter({ key: 'trip-rate:{id}', about: 'x', rate: '100/60s', onStoreDown: 'deny', slot: 'id' }),
  log: limiter({
    key: 'trip-log:{id}',
    about: 'x',
    rate: '100/60s',
    algorithm: 'sliding-log',
    onStoreDown: 'deny',
    slot: 'id',
  }),
  guard: lock({ key: 'trip-lock:{id}', about: 'x', lease: '10s' }),
  sale: idempotency({ key: 'trip-sale:{id}', about: 'x', value: z.object({ n: z.number() }), ttl: '1h' }),
  login: session({
    key: 'trip-session:{userId}',
    about: 'x',
    value: z.object({ n: z.number() }),
    idle: '1h',
    absolute: '12h',
  }),
}

/** Calls each kind of coordination once, on servers that nobody else uses, and counts what each call sends. */
export async function roundTripsOfKinds(redisUrl: string, pool: pg.Pool): Promise<CallCost[]> {
  const counted = countingStatements(pgTruth(pool))
  const state = await open(keyspaces, { store: redisStore({ url: redisUrl }), truth: counted.truth })
  const costs: CallCost[] = []
  let run = 0
  /** Each call has been made once before: a script is sent whole the first time that a server sees it. */
  const cost = async (
    kind: CallCost['kind'],
    call: string,
    make: (id: string) => Promise<unknown>,
    prepare: (id: string) => Promise<unknown> = async () => undefined,
  ): Promise<void> => {
    const [first, second] = [`first-${run++}`, `second-${run++}`]
    await prepare(first)
    await make(first)
    await prepare(second)
    const before = counted.count()
    const commands = await roundTripsOf(redisUrl, () => make(second))
    costs.push({ kind, call, commands, statements: counted.count() - before })
  }
  try {
    await cost('limiter', 'take', (id) => state.rate.take({ id }))
    await cost('limiter', 'take of a sliding log', (id) => state.log.take({ id }))
    await cost('limiter', 'takeAll of two limits', (id) =>
      takeAll([state.rate.ask({ id }), state.log.ask({ id })]),
    )
    await cost('lock', 'run: acquire and release', (id) => state.guard.run({ id }, async () => undefined))
    await state.guard.run({ id: 'held' }, () =>
      cost('lock', 'tryRun that is refused', () => state.guard.tryRun({ id: 'held' }, async () => undefined)),
    )
    const work = async (): Promise<{ n: number }> => ({ n: 1 })
    await cost('idempotency', 'run', (id) =>
      state.sale.run({ id }, 'x', (attempt) => attempt.commit(async () => ({ n: 1 }))),
    )
    await cost(
      'idempotency',
      'run that is replayed',
      (id) => state.sale.run({ id }, 'x', work),
      (id) => state.sale.run({ id }, 'x', work),
    )
    const ids = new Map<string, string>()
    const signIn = async (userId: string): Promise<void> =>
      void ids.set(userId, (await state.login.create({ userId }, { n: 1 })).id)
    const idOf = (userId: string): string => ids.get(userId) ?? ''
    await cost('session', 'create', signIn)
    await cost('session', 'get', (userId) => state.login.get(idOf(userId)), signIn)
    await cost(
      'session',
      'update',
      (userId) => state.login.update(idOf(userId), ({ n }) => ({ n: n + 1 })),
      signIn,
    )
    await cost('session', 'rotate', (userId) => state.login.rotate(idOf(userId)), signIn)
    await cost('session', 'list', (userId) => state.login.list({ userId }), signIn)
    await cost('session', 'revoke', (userId) => state.login.revoke(idOf(userId)), signIn)
    await cost('session', 'revokeAll', (userId) => state.login.revokeAll({ userId }), signIn)
    return costs
  } finally {
    await state.close()
  }
}
