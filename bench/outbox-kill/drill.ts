/**
 * Processes that write, relay and work are killed with SIGKILL, one after the other, until so many changes are
 * committed. Then everything is compared: what was committed, what was told, and what was done.
 *
 * Kills are spread over the changes, not over time: a slow machine commits as much between two of them as a fast one.
 * It ends in any case: between two kills, in all, and while it waits for what is left.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { moves, type NodeOrder, type Role, SCHEMA } from './desk.ts'
import { startListening } from './listening.ts'
import type { Killable } from '../processes.ts'

/** What a drill is made of. */
export interface DrillOptions extends Omit<NodeOrder, 'role'> {
  readonly changes: number
  /** How often a process is killed until so many are committed. At least one of each role. */
  readonly kills: number
  /** When it is over, however many were committed. */
  readonly longestMs: number
  start(order: NodeOrder): Killable
  onProgress?(line: string): void
}

/** What came of it. Everything below `committed` should be 0. */
export interface DrillReport {
  readonly wanted: number
  readonly committed: number
  readonly kills: Readonly<Record<Role, number>>
  readonly seconds: number
  /** From the last commit until all was done. */
  readonly drainSeconds: number
  /** Wanted, and not committed in time. */
  readonly missing: number
  /** Committed, and not told. */
  readonly untold: number
  /** Told, and never committed. */
  readonly invented: number
  /** Told twice. */
  readonly repeated: number
  /** Told after a later one of its key. */
  readonly outOfOrder: number
  /** Committed, and not done. */
  readonly undone: number
  /** Done twice: under two events. */
  readonly doneTwice: number
}

const EACH = 2
const ROLES: readonly Role[] = ['api', 'relay', 'worker']
/** A process that was started takes so long at most to work. */
const READY_LIMIT_MS = 30_000
/** Nothing is committed for so long: something hangs, and the next one is killed. */
const LONGEST_PAUSE_MS = 10_000
const DRAIN_LIMIT_MS = 120_000
const TELL_EVERY_MS = 5_000
const LOOK_EVERY_MS = 50

/** Runs a drill on an empty database and namespace. */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { databaseUrl, redis, changes, longestMs } = options
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 })
  await pool.query(SCHEMA)
  const ask = async (sql: string): Promise<number> =>
    Number((await pool.query<{ n: string }>(`SELECT (${sql})::text AS n`)).rows[0]?.n ?? 0)
  const committedNow = (): Promise<number> => ask('SELECT sum(version) FROM account')
  const listener = await open({ moves }, { store: redisStore(redis) })
  const heard = startListening(listener.moves)
  const start = (role: Role): Killable => options.start({ role, databaseUrl, redis })
  const running: Record<Role, Killable[]> = { api: [], relay: [], worker: [] }
  const kills = { api: 0, relay: 0, worker: 0 }
  const startedMs = performance.now()
  const say = (line: string): void =>
    options.onProgress?.(`${((performance.now() - startedMs) / 1_000).toFixed(0)} s: ${line}`)
  try {
    for (const role of ROLES) running[role] = Array.from({ length: EACH }, () => start(role))
    await within(
      READY_LIMIT_MS,
      Promise.all(Object.values(running).flatMap((all) => all.map(({ ready }) => ready))),
    )
    const planned = Math.max(ROLES.length, options.kills)
    let toldMs = performance.now()
    let committed = 0
    for (let turn = 0; turn < planned || committed < changes; turn++) {
      const next = Math.min(changes, (changes * (turn + 1)) / planned)
      const pauseEndsMs = performance.now() + LONGEST_PAUSE_MS
      while ((committed = await committedNow()) < next && performance.now() < pauseEndsMs) {
        if (performance.now() - toldMs > TELL_EVERY_MS) {
          toldMs = performance.now()
          say(`${committed} of ${changes} committed, ${turn} kills, ${heard.told()} told`)
        }
        await wait(LOOK_EVERY_MS)
      }
      if (performance.now() - startedMs > longestMs) break
      const role = ROLES[turn % ROLES.length] ?? 'api'
      await within(READY_LIMIT_MS, running[role][0]?.ready)
      await running[role].shift()?.kill()
      running[role].push(start(role))
      kills[role]++
    }
    await Promise.all(running.api.map((api) => api.kill()))
    // What was sent and not answered ends, one way or the other, before anything is counted.
    await wait(500)
    committed = await committedNow()
    say(`${committed} committed; waiting for what is left to be told and done`)
    const drainedFromMs = performance.now()
    while (performance.now() - drainedFromMs < DRAIN_LIMIT_MS) {
      const done = await ask('SELECT count(*) FROM effect')
      if (done >= committed && heard.told() >= committed) break
      if (performance.now() - toldMs > TELL_EVERY_MS) {
        toldMs = performance.now()
        say(`${heard.told()} told, ${done} done`)
      }
      await wait(LOOK_EVERY_MS)
    }
    const endedMs = performance.now()
    // Anything that comes too often comes now.
    await wait(1_000)
    const { rows } = await pool.query<{ agent: string; version: number }>(
      'SELECT agent, version FROM account',
    )
    return {
      wanted: changes,
      committed,
      kills,
      seconds: (endedMs - startedMs) / 1_000,
      drainSeconds: (endedMs - drainedFromMs) / 1_000,
      missing: Math.max(0, changes - committed),
      ...heard.judge(new Map(rows.map(({ agent, version }) => [agent, version]))),
      undone: await ask(
        'SELECT count(*) FROM change WHERE NOT EXISTS (SELECT FROM effect WHERE (agent, version) = (change.agent, change.version))',
      ),
      doneTwice: await ask(
        'SELECT count(*) FROM (SELECT FROM effect GROUP BY agent, version HAVING count(*) > 1) AS twice',
      ),
    }
  } finally {
    await Promise.all(Object.values(running).flatMap((all) => all.map((one) => one.kill())))
    await listener.close()
    await pool.end()
  }
}

/** What must be 0, and is not. */
export function faultsOf(report: DrillReport): string[] {
  const { missing, untold, invented, repeated, outOfOrder, undone, doneTwice } = report
  return Object.entries({ missing, untold, invented, repeated, outOfOrder, undone, doneTwice })
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name}: ${value}`)
}

async function within(limitMs: number, working: Promise<unknown> | undefined): Promise<void> {
  const over = new AbortController()
  const late = wait(limitMs, undefined, { signal: over.signal }).then(() => {
    throw new Error(`a process did not begin to work within ${limitMs / 1_000} s`)
  })
  try {
    await Promise.race([working, late])
  } finally {
    over.abort()
    late.catch(() => undefined)
  }
}
