/** Runs a scenario: load, what happens, and a verdict over all that anybody did and saw. */
import { setTimeout as wait } from 'node:timers/promises'
import { LOAD, SHAPE } from '../chaos.ts'
import { Crew, type Interval } from '../crew.ts'
import { SOUND } from '../designs/index.ts'
import { auditOf, compareInTheEnd } from '../final.ts'
import { movesSince, nonceOf, recordGate, recovered } from '../gate-watch.ts'
import { judge, type Verdict } from '../judge.ts'
import { NAMESPACE, openWorld, type World } from '../world.ts'
import { failover } from './failover.ts'
import { oldRdb } from './old-rdb.ts'
import { restore } from './restore.ts'
import type { Scenario } from './scenario.ts'

/** All of them. */
export const SCENARIOS: readonly Scenario[] = [failover, oldRdb, restore]

/** Which scenario, and under what load. */
export interface ScenarioOptions {
  readonly scenario: string
  /** How old the data is that comes back. */
  readonly seconds: number
  readonly workers: number
  readonly program: URL
  readonly say: (line: string) => void
}

/** Calls of all processes, by how they ended. */
export interface Calls {
  readonly operations: number
  /** Calls that failed, by code. */
  readonly errors: Readonly<Record<string, number>>
}

/** What a scenario gave. */
export interface ScenarioReport {
  readonly scenario: string
  readonly about: string
  readonly workers: number
  /** Seconds from the loss. */
  readonly events: readonly { readonly seconds: number; readonly what: string }[]
  /** Until all processes read from Redis again, from the loss on. */
  readonly secondsToReopen: number
  /** For how long Redis answered no read of the process that was longest without, to 0.2 s. */
  readonly secondsWithoutCache: number
  /** And for how long it answered nobody. */
  readonly secondsWithoutCacheForAll: number
  readonly longestReadMs: number
  readonly longestReadBeforeMs: number
  readonly shareFromCacheBefore: number
  readonly shareFromCacheAfter: number
  readonly after: Calls
  readonly verdicts: readonly Verdict[]
  readonly money: readonly string[]
  readonly finalDifferences: readonly string[]
  /** What is not as the scenario wants it. */
  readonly problems: readonly string[]
  readonly violations: number
  readonly logs: readonly string[]
}

const WARM_UP_MS = 4_000
const COOL_DOWN_MS = 4_000
const REOPEN_LIMIT_MS = 90_000

const nowNs = (): number => Number(process.hrtime.bigint())

interface Moment {
  readonly ns: number
  readonly ms: number
  readonly what: string
}

/** Runs the scenario of that name. `keep` may look at its logs before they are gone. */
export async function runScenario(
  options: ScenarioOptions,
  keep: (report: ScenarioReport) => Promise<void>,
): Promise<ScenarioReport> {
  const { workers, program, say } = options
  const scenario = SCENARIOS.find(({ name }) => name === options.scenario)
  if (!scenario) throw new RangeError(`no scenario '${options.scenario}'`)
  const world = await openWorld(SHAPE, 0)
  const crew = new Crew(
    workers,
    program,
    world.folder,
    (place) => ({
      databaseUrl: world.databaseUrl(place),
      redis: world.redisPlace(place),
      namespace: NAMESPACE,
      shape: SHAPE,
      // What comes back must not be over because it is old.
      load: { ...LOAD, ttl: '1h' },
      design: SOUND,
    }),
    { stopped: () => undefined },
  )
  try {
    await crew.start()
    await recovered(crew)
    await recordGate(world)
    say(`${scenario.name}: ${scenario.about}`)
    const report = await observe(options, scenario, world, crew)
    await keep(report)
    return report
  } finally {
    await crew.end()
    await world.stop()
  }
}

async function observe(
  { seconds, workers, say }: ScenarioOptions,
  scenario: Scenario,
  world: World,
  crew: Crew,
): Promise<ScenarioReport> {
  const beganNs = nowNs()
  await wait(WARM_UP_MS)
  const moments: Moment[] = []
  let loss: Moment | undefined
  let before: Calls = callsOf(crew)
  let nonce = await nonceOf(world)
  const tell = (what: string, isTheLoss = false): void => {
    const moment = { ns: nowNs(), ms: Date.now(), what }
    moments.push(moment)
    say(`  ${what}`)
    if (loss || !isTheLoss) return
    loss = moment
    before = callsOf(crew)
  }
  const renewNonce = setInterval(
    () =>
      void (
        loss ??
        nonceOf(world).then(
          (now) => (nonce = now),
          () => undefined,
        )
      ),
    500,
  )
  const aftermath = await scenario
    .happen({ world, crew, seconds, tell })
    .finally(() => clearInterval(renewNonce))
  const lost = loss ?? { ns: nowNs(), ms: Date.now(), what: '' }
  await reopenedUnderAnother(world, crew, nonce)
  tell('all processes read from Redis again')
  const reopenedNs = nowNs()
  await wait(COOL_DOWN_MS)
  await crew.rest()
  const endNs = nowNs()
  const problems = await aftermath.problems()
  const finalDifferences = await compareInTheEnd(world, crew, SHAPE)
  const moves = (await movesSince(world, lost.ms)).map(({ atMs, was, state, epoch, reason }) => ({
    seconds: (atMs - lost.ms) / 1_000,
    what: `the gate: ${was} to ${state}, epoch ${epoch}${state === 'closing' ? `: ${reason}` : ''}`,
  }))
  const events = [...moments.map(({ ms, what }) => ({ seconds: (ms - lost.ms) / 1_000, what })), ...moves]
  const after = callsSince(before, callsOf(crew))
  await crew.end()
  say('  judging')
  const verdicts = await (aftermath.judge ?? (async (judgePart) => [await judgePart(() => true)]))(
    async (isJudged) => judge(crew.logs, await auditOf(world), isJudged),
  )
  const { intervals } = crew
  const found = verdicts.reduce((sum, { count }) => sum + count, 0)
  return {
    scenario: scenario.name,
    about: scenario.about,
    workers,
    events: events.toSorted((a, b) => a.seconds - b.seconds),
    secondsToReopen: (reopenedNs - lost.ns) / 1e9,
    ...withoutCache(intervals, lost.ns, endNs),
    longestReadMs: longestRead(intervals, lost.ns, endNs),
    longestReadBeforeMs: longestRead(intervals, beganNs, lost.ns),
    shareFromCacheBefore: shareFromCache(intervals, beganNs, lost.ns),
    shareFromCacheAfter: shareFromCache(intervals, reopenedNs, endNs),
    after,
    verdicts,
    money: crew.money,
    finalDifferences,
    problems,
    violations: found + crew.money.length + finalDifferences.length,
    logs: crew.logs,
  }
}

async function reopenedUnderAnother(world: World, crew: Crew, nonce: string): Promise<void> {
  for (const endMs = performance.now() + REOPEN_LIMIT_MS; performance.now() < endMs; await wait(20)) {
    const [row] = await world
      .sql(`SELECT nonce, state FROM holdfast_gate WHERE namespace = '${NAMESPACE}'`)
      .catch(() => [])
    if (row?.['state'] === 'open' && row['nonce'] !== nonce && crew.isTrusting) return
  }
  throw new Error(`the gate is not open again within ${REOPEN_LIMIT_MS} ms`)
}

function callsOf({ totals, errors }: Crew): Calls {
  return { operations: totals.operations, errors: { ...errors } }
}

function callsSince(before: Calls, now: Calls): Calls {
  const errors = Object.entries(now.errors).map(([code, count]) => [code, count - (before.errors[code] ?? 0)])
  return {
    operations: now.operations - before.operations,
    errors: Object.fromEntries(errors.filter(([, count]) => Number(count) > 0)),
  }
}

/** How long Redis answered nothing: of each process, and of all together. */
function withoutCache(
  intervals: readonly Interval[],
  fromNs: number,
  toNs: number,
): Pick<ScenarioReport, 'secondsWithoutCache' | 'secondsWithoutCacheForAll'> {
  const hits = intervals
    .filter(({ to, counts }) => to >= fromNs && counts.l2Hits > 0)
    .toSorted((a, b) => a.from - b.from)
  const longest = (of: readonly Interval[]): number => {
    let [last, most] = [fromNs, 0]
    for (const { from, to } of of) {
      most = Math.max(most, from - last)
      last = Math.max(last, to)
    }
    return Math.max(most, toNs - last) / 1e9
  }
  const processes = new Set(intervals.filter(({ to }) => to >= fromNs).map(({ incarnation }) => incarnation))
  return {
    secondsWithoutCache: Math.max(
      0,
      ...[...processes].map((one) => longest(hits.filter(({ incarnation }) => incarnation === one))),
    ),
    secondsWithoutCacheForAll: longest(hits),
  }
}

function longestRead(intervals: readonly Interval[], fromNs: number, toNs: number): number {
  const touched = intervals.filter(({ from, to }) => to >= fromNs && from <= toNs)
  return Math.max(0, ...touched.map(({ longestReadMs }) => longestReadMs))
}

function shareFromCache(intervals: readonly Interval[], fromNs: number, toNs: number): number {
  const within = intervals.filter(({ from, to }) => from >= fromNs && to <= toNs)
  const hits = within.reduce((sum, { counts }) => sum + counts.l2Hits, 0)
  const misses = within.reduce((sum, { counts }) => sum + counts.misses, 0)
  return hits / Math.max(1, hits + misses)
}
