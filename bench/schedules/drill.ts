/**
 * Three processes fire the ticks of three schedules, one for each policy, and are killed with SIGKILL one after the
 * other; now and then all of them, and nobody is there for a while. Then what was fired is compared with the policies.
 */
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import type { Killable } from '../processes.ts'
import { type NodeOrder, SCHEMA, TICK_MS } from './beats.ts'
import { type Away, type Faults, judge, type Observed } from './judge.ts'

/** What a drill is made of. */
export interface DrillOptions extends NodeOrder {
  readonly seconds: number
  start(order: NodeOrder): Killable
  onProgress?(line: string): void
}

/** What came of it. All `faults` should be 0. */
export interface DrillReport {
  readonly seconds: number
  readonly kills: number
  /** How often nobody was there. */
  readonly away: number
  readonly fired: { readonly skip: number; readonly once: number; readonly all: number }
  readonly faults: Faults
}

const PROCESSES = 3
const KILL_EVERY_MS = 1_700
/** So often nobody is there, and for so long. */
const AWAY_EVERY_MS = 15_000
const AWAY_MS = 4_300
const READY_LIMIT_MS = 30_000
/** What was killed comes back after its lease. */
const DRAIN_LIMIT_MS = 30_000
const TELL_EVERY_MS = 5_000

/** Runs a drill on an empty database and namespace. */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { databaseUrl, redis, seconds, onProgress } = options
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
  await pool.query(SCHEMA)
  const ticksOf = async (beat: keyof Observed['fired']): Promise<number[]> => {
    const { rows } = await pool.query<{ tick: string }>('SELECT tick FROM fired WHERE beat = $1', [beat])
    return rows.map(({ tick }) => Number(tick))
  }
  const running: Killable[] = []
  const killsMs: number[] = []
  const away: Away[] = []
  const startAll = async (): Promise<void> => {
    while (running.length < PROCESSES) running.push(options.start({ databaseUrl, redis }))
    const late = new AbortController()
    const tooLate = wait(READY_LIMIT_MS, undefined, { signal: late.signal }).then(() => {
      throw new Error('a process did not begin to work in time')
    })
    try {
      await Promise.race([Promise.all(running.map(({ ready }) => ready)), tooLate])
    } finally {
      late.abort()
      tooLate.catch(() => undefined)
    }
  }
  const killOne = async (): Promise<void> => {
    killsMs.push(Date.now())
    await running.shift()?.kill()
  }
  try {
    await startAll()
    // From the first whole tick on that all of them are there for.
    const fromMs = Date.now() + TICK_MS
    const endMs = fromMs + seconds * 1_000
    let toldMs = Date.now()
    let thereSinceMs = toldMs
    while (Date.now() < endMs) {
      await wait(KILL_EVERY_MS)
      if (Date.now() - thereSinceMs >= AWAY_EVERY_MS) {
        while (running.length > 0) await killOne()
        const leftMs = Date.now()
        await wait(AWAY_MS)
        const startedMs = Date.now()
        await startAll()
        thereSinceMs = Date.now()
        away.push({ fromMs: leftMs, startedMs, workedMs: thereSinceMs })
      } else {
        await killOne()
        await startAll()
      }
      if (Date.now() - toldMs >= TELL_EVERY_MS) {
        toldMs = Date.now()
        const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM fired')
        onProgress?.(
          `${Math.round((toldMs - fromMs) / 1_000)} of ${seconds} s, ${killsMs.length} kills, ${away.length} times nobody there, ${rows[0]?.n} fired`,
        )
      }
    }
    // Of the last time that nobody was there, too, the first ticks are seen.
    await wait(2 * TICK_MS)
    const untilMs = Date.now()
    const drainEndsMs = untilMs + DRAIN_LIMIT_MS
    const observe = async (): Promise<Observed> => {
      const [skip, once, all] = await Promise.all([ticksOf('skip'), ticksOf('once'), ticksOf('all')])
      return { fired: { skip, once, all }, killsMs, away, fromMs, untilMs }
    }
    while (judge(await observe()).lost > 0 && Date.now() < drainEndsMs) await wait(100)
    // Anything that comes too often comes now.
    await wait(1_000)
    const observed = await observe()
    const { skip, once, all } = observed.fired
    return {
      seconds: (untilMs - fromMs) / 1_000,
      kills: killsMs.length,
      away: away.length,
      fired: { skip: skip.length, once: once.length, all: all.length },
      faults: judge(observed),
    }
  } finally {
    await Promise.all(running.map((one) => one.kill()))
    await pool.end()
  }
}
