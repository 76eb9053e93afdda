/** The crash table: a process is killed at each step of the protocol, and others say what comes of it. */
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from 'holdfast/embedded'
import { createBank, openPool } from '../bank.ts'
import { OneRedis } from '../servers/one-redis.ts'
import { type Observation, problemsOf } from './observation.ts'
import { runStep } from './run-step.ts'
import { openStage, SHAPE, type Stage } from './stage.ts'
import type { Step } from './steps.ts'

/** Which table to make, and with what. */
export interface TableOptions {
  /** Which rows. */
  readonly steps: readonly Step[]
  /** The compiled program of the processes that die. */
  readonly program: URL
  /** The protocol as it is; or a mutant, which must be found wrong. */
  readonly design?: string
  readonly say: (line: string) => void
}

/** One row, and what is not as it must be. */
export interface Row extends Observation {
  readonly problems: readonly string[]
}

/** Rows that are under way at a time: some only wait for a lease to end. */
const LANES = 4

/** Makes the table. The rows are in the order of `steps`. */
export async function crashTable({ steps, program, design, say }: TableOptions): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const [postgres, shared] = await Promise.all([
    startPostgres({
      dataDir: join(folder, 'postgres'),
      afterKill: 'stop',
      settings: { max_connections: '200', shared_buffers: '32MB' },
    }),
    OneRedis.start(join(folder, 'redis')),
  ])
  const pool = openPool(postgres.url, 16)
  const rows: Row[] = []
  try {
    await createBank(pool, SHAPE)
    const open = (namespace: string, redis: OneRedis): Promise<Stage> =>
      openStage(namespace, redis, pool, postgres.url, design)
    const common = await open('common', shared)
    const run = async (step: Step, place: number): Promise<void> => {
      const isAlone = step.scene === 'old data' || step.scene === 'closed gate'
      const redis = step.scene === 'old data' ? await OneRedis.start(join(folder, `redis-${place}`)) : shared
      const stage = isAlone ? await open(`row-${place}`, redis) : common
      try {
        const observation = await runStep(step, stage, place, program)
        rows[place] = { ...observation, problems: problemsOf(observation) }
        say(`${step.part}: ${step.name}`)
      } finally {
        if (isAlone) await stage.close()
        if (redis !== shared) await redis.stop()
      }
    }
    const waiting = steps.map((step, place) => ({ step, place }))
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await run(next.step, next.place)
    }
    try {
      await Promise.all(Array.from({ length: LANES }, lane))
    } finally {
      await common.close()
    }
    return rows
  } finally {
    await pool.end().catch(() => undefined)
    await Promise.all([shared.stop(), postgres.stop()])
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
}
