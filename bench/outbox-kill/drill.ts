/**
 * Processes that write, relay and work are killed with SIGKILL, one after the other, until so many changes are
 * committed. Then everything is compared: what was committed, what was told, and what was done.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { AGENTS, moves, type NodeOrder, type Role, SCHEMA } from './desk.ts'

/** A process that was started. */
export interface Killable {
  /** Resolves once it works. */
  readonly ready: Promise<unknown>
  kill(): Promise<unknown>
}

/** What a drill is made of. */
export interface DrillOptions extends Omit<NodeOrder, 'role'> {
  readonly changes: number
  readonly killEveryMs: number
  start(order: NodeOrder): Killable
  onProgress?(line: string): void
}

/** What came of it. Everything below `committed` should be 0. */
export interface DrillReport {
  readonly committed: number
  readonly kills: Readonly<Record<Role, number>>
  readonly seconds: number
  /** From the last commit until all was done. */
  readonly drainSeconds: number
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
const DRAIN_LIMIT_MS = 60_000

/** Runs a drill on an empty database and namespace. */
export async function drill(options: DrillOptions): Promise<DrillReport> {
  const { databaseUrl, redis, changes, killEveryMs, onProgress } = options
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 3 })
  await pool.query(SCHEMA)
  const count = async (table: string): Promise<number> =>
    (await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)).rows[0]?.n ?? 0
  const listener = await open({ moves }, { store: redisStore(redis) })
  const told = new Map<string, number[]>(AGENTS.map((agent) => [agent, []]))
  let gaps = 0
  for (const [agent, versions] of told)
    void (async () => {
      const events = listener.moves.subscribe({ agent }, { since: 'start', onGap: () => gaps++ })
      for await (const { value } of events) versions.push(value.version)
    })()
  const start = (role: Role): Killable => options.start({ role, databaseUrl, redis })
  const running: Record<Role, Killable[]> = { api: [], relay: [], worker: [] }
  const kills = { api: 0, relay: 0, worker: 0 }
  const roles: readonly Role[] = ['api', 'relay', 'worker']
  for (const role of roles) running[role] = Array.from({ length: EACH }, () => start(role))
  const startedMs = performance.now()
  for (let turn = 0; turn < roles.length || (await count('change')) < changes; turn++) {
    const role = roles[turn % roles.length] ?? 'api'
    const [oldest] = running[role]
    await oldest?.ready
    await wait(killEveryMs)
    await running[role].shift()?.kill()
    running[role].push(start(role))
    kills[role]++
    if (turn % 10 === 9) onProgress?.(`${await count('change')} committed, ${turn + 1} kills`)
  }
  await Promise.all(running.api.map((api) => api.kill()))
  // What was sent and not answered ends, one way or the other, before anything is counted.
  await wait(500)
  const committed = await count('change')
  const drainedFromMs = performance.now()
  const sumTold = (): number => [...told.values()].reduce((sum, { length }) => sum + length, 0)
  while (performance.now() - drainedFromMs < DRAIN_LIMIT_MS) {
    if ((await count('effect')) >= committed && sumTold() >= committed) break
    await wait(50)
  }
  const endedMs = performance.now()
  // Anything that comes too often comes now.
  await wait(1_000)
  const { rows } = await pool.query<{ agent: string; version: number }>('SELECT agent, version FROM account')
  const report = { committed, kills, untold: 0, invented: gaps, repeated: 0, outOfOrder: 0 }
  for (const { agent, version } of rows) {
    const versions = told.get(agent) ?? []
    const unique = new Set(versions)
    report.repeated += versions.length - unique.size
    report.invented += [...unique].filter((each) => each < 1 || each > version).length
    report.untold += version - [...unique].filter((each) => each >= 1 && each <= version).length
    report.outOfOrder += versions.filter((each, index) => each < (versions[index - 1] ?? 0)).length
  }
  const undone =
    'change WHERE NOT EXISTS (SELECT FROM effect WHERE (agent, version) = (change.agent, change.version))'
  const doneTwice = '(SELECT 1 FROM effect GROUP BY agent, version HAVING count(*) > 1) AS twice'
  const full = {
    ...report,
    undone: await count(undone),
    doneTwice: await count(doneTwice),
    seconds: (endedMs - startedMs) / 1_000,
    drainSeconds: (endedMs - drainedFromMs) / 1_000,
  }
  await Promise.all([...running.relay, ...running.worker].map((one) => one.kill()))
  await listener.close()
  await pool.end()
  return full
}

/** What must be 0, and is not. */
export function faultsOf(report: DrillReport): string[] {
  const { untold, invented, repeated, outOfOrder, undone, doneTwice } = report
  return Object.entries({ untold, invented, repeated, outOfOrder, undone, doneTwice })
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name}: ${value}`)
}
