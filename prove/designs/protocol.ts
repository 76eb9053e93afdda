import { setTimeout as wait } from 'node:timers/promises'
import { open, type StrongCounts } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import type pg from 'pg'
import { declareKeyspaces } from '../bank.ts'
import type { Client } from '../client.ts'
import type { WorkerOrder } from '../messages.ts'
import type { Points } from '../points.ts'
import { pooledTruth, type Session } from '../pooled-truth.ts'
import { watchedStore, watchedTruth } from '../watched.ts'
import type { Mutant } from './mutants.ts'

const TRUST_PATIENCE_MS = 30_000

/** Holdfast itself; or with one rule broken. */
export async function openProtocol(
  { redis, namespace, load }: WorkerOrder,
  pool: pg.Pool,
  points: Points,
  mutant: Mutant | undefined,
): Promise<Client> {
  const broken = mutant?.({ pool, namespace, redis })
  const writing = new WeakSet<Session>()
  const keyspaces = declareKeyspaces(
    load.ttl,
    {
      isWriting: (tx) => writing.has(tx),
      before: () => undefined,
      after: (_key, isPut) => points.reach(isPut ? 'write: row of a put read' : 'read: loaded'),
      ...(broken?.instead && { instead: broken.instead }),
    },
    broken?.putsGroups,
  )
  const factory = redisStore({ ...redis, namespace, commandTimeout: '500ms', connectTimeout: '20s' })
  const inner = pooledTruth(pool)
  const truth = watchedTruth(broken?.truth?.(inner) ?? inner, points, writing, broken?.beforeCommit)
  const store = watchedStore(factory, points, load.late, broken?.fences)
  const state = await open(keyspaces, { store, truth })
  for (const endMs = performance.now() + TRUST_PATIENCE_MS; state.gate()?.isTrusted !== true;) {
    if (performance.now() > endMs) break
    await wait(20)
  }
  return {
    account: (id) => state.account.read({ id: String(id) }),
    group: (id) => state.group.read({ id: String(id) }),
    accounts: (ids) => state.account.getMany(ids.map((id) => ({ id: String(id) }))),
    async write({ accounts, groups, how, isolation, ack, body }) {
      await state.write(
        async (tx, changes) => {
          for (const id of accounts) changes[how](keyspaces.account, { id: String(id) })
          for (const id of groups) {
            if (broken?.putsGroups === true)
              changes.put(keyspaces.group as unknown as typeof keyspaces.account, { id: String(id) })
            else changes.touch(keyspaces.group, { id: String(id) })
          }
          await body(tx)
          await points.reach('write: statements done')
        },
        { ...(isolation && { isolation }), ack },
      )
      await points.reach('write: settled')
    },
    counts: () => sumOf(state.account.counts(), state.group.counts()),
    gate: () => state.gate(),
    close: () => state.close(),
  }
}

function sumOf(one: StrongCounts, other: StrongCounts): StrongCounts {
  const names = Object.keys(one) as (keyof StrongCounts)[]
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as Record<
    keyof StrongCounts,
    number
  >
}
