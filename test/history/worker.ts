/**
 * Another process that writes and reads a few hot accounts for a while, and prints what it did and saw.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { redisStore } from 'holdfast/redis'
import { sql } from 'drizzle-orm'
import { openBank } from '../kinds/strong/bank.ts'
import type { Operation } from '../../prove/linearizable.ts'
import { type Sabotage, sabotagedStore, sabotagedTruth } from './sabotage.ts'

/** What it is to do. */
export interface WorkerOrder {
  readonly databaseUrl: string
  readonly redis: { readonly url: string; readonly namespace: string }
  readonly sabotage?: Sabotage
  readonly keys: number
  readonly writers: number
  readonly readers: number
  readonly durationMs: number
  /** A writer rests for up to this long between two writes. */
  readonly restMs: number
}

/** What it did. */
export interface WorkerReport {
  readonly history: readonly Operation[]
  readonly l2Hits: number
  readonly misses: number
}

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder
const bank = await openBank(order.databaseUrl)
const state = await bank.node(
  sabotagedStore(redisStore(order.redis), order.sabotage),
  sabotagedTruth(bank.truth, order.sabotage),
)
const history: Operation[] = []

/** The host's monotonic clock, in nanoseconds: one for all processes. */
const now = (): number => Number(process.hrtime.bigint())
const someKey = (): number => 1 + Math.floor(Math.random() * order.keys)
const idOf = (key: number): { id: string } => ({ id: `hot${key}` })

async function write(): Promise<number> {
  const key = someKey()
  const start = now()
  const version = await state.write(async (tx, changes) => {
    changes[Math.random() < 0.5 ? 'put' : 'touch'](bank.keyspaces.account, idOf(key))
    const { rows } = await tx.execute<{ version: number }>(
      sql`UPDATE account SET version = version + 1 WHERE id = ${idOf(key).id} RETURNING version`,
    )
    return rows[0]?.version ?? -1
  })
  history.push({ key, kind: 'write', version, start, end: now() })
  return key
}

async function read(keys: readonly number[]): Promise<void> {
  const start = now()
  const values =
    keys.length === 1
      ? [await state.account.get(idOf(keys[0] ?? 0))]
      : await state.account.getMany(keys.map(idOf))
  const end = now()
  keys.forEach((key, index) =>
    history.push({ key, kind: 'read', version: values[index]?.version ?? -1, start, end }),
  )
}

const endNs = now() + order.durationMs * 1e6
async function untilTheEnd(step: () => Promise<void>): Promise<void> {
  while (now() < endNs) await step()
}

await Promise.all([
  ...Array.from({ length: order.writers }, () =>
    untilTheEnd(async () => {
      // Whoever was told that a write is done, looks at once.
      await read([await write()])
      await wait(Math.random() * order.restMs)
    }),
  ),
  ...Array.from({ length: order.readers }, () =>
    untilTheEnd(() =>
      read(Math.random() < 0.8 ? [someKey()] : [...new Set([someKey(), someKey(), someKey()])]),
    ),
  ),
])
const { l2Hits, misses } = state.account.counts()
const report: WorkerReport = { history, l2Hits, misses }
await state.close()
await bank.close()
process.stdout.write(`${JSON.stringify(report)}\n`)
