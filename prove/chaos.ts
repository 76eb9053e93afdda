/** The chaos run: load, faults of every kind, and a verdict over all that anybody did and saw. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Shape } from './bank.ts'
import { Crew } from './crew.ts'
import { SOUND } from './designs/index.ts'
import { diceOf } from './dice.ts'
import { type Fault, FAULTS, type Scene } from './faults.ts'
import { auditOf, compareInTheEnd } from './final.ts'
import { epochOf, recordGate, recovered, reopened } from './gate-watch.ts'
import { judge, type Verdict } from './judge.ts'
import type { Load } from './messages.ts'
import { pressOn } from './pressure.ts'
import type { WallClock } from './servers/wall-clock.ts'
import { type FaultWindow, type Outside, outsideOf } from './windows.ts'
import { NAMESPACE, openWorld, type World } from './world.ts'

/** How a run goes. */
export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  readonly workers: number
  /** Names of faults begin with one of these; all when empty. */
  readonly faults: readonly string[]
  /** Moves the clock of Redis; undefined: nobody can here. */
  readonly clock: WallClock | undefined
  readonly program: URL
  readonly say: (line: string) => void
}

/** What a run gave. */
export interface ChaosReport {
  readonly seed: number
  readonly seconds: number
  readonly workers: number
  readonly keys: number
  readonly verdict: Verdict
  readonly money: readonly string[]
  /** Keys whose state in the cache was not that of PostgreSQL in the end. */
  readonly finalDifferences: readonly string[]
  readonly violations: number
  /** With 95 % confidence fewer than this many operations of a million are wrong, under this load. */
  readonly boundPerMillion: number
  readonly faults: Readonly<Record<string, number>>
  readonly faultsTotal: number
  readonly faultsLeftOut: readonly string[]
  readonly faultsFailed: readonly string[]
  readonly reached: Readonly<Record<string, number>>
  readonly deaths: number
  readonly gateTransitions: Readonly<Record<string, number>>
  /** Why it was closed. */
  readonly closingReasons: Readonly<Record<string, number>>
  readonly epochs: number
  readonly outside: Outside
  /** Of strong reads outside of fault windows, by keys. */
  readonly shareFromCache: number
  /** As `shareFromCache`, from PostgreSQL's side: keys that loaders were not asked for. */
  readonly shareNotLoaded: number
  /** As Redis counts it: of the keys that it was asked for, which it had. Leases and fences are among them. */
  readonly shareFound: number
  readonly evicted: number
  readonly totals: Crew['totals']
  readonly errors: Readonly<Record<string, number>>
  readonly longestReadMs: number
  readonly windowsMs: readonly {
    readonly fault: string
    readonly ms: number
    readonly longestReadMs: number
  }[]
  readonly logs: readonly string[]
}

/** The accounts of a run. */
export const SHAPE: Shape = { groups: 8, size: 4 }

/** What each process of a run does. */
export const LOAD: Load = {
  readers: 3,
  writers: 1,
  readRestMs: 6,
  writeRestMs: 300,
  readsPerWrite: 500,
  ttl: '5s',
  late: { share: 0.15, mostMs: 20, lostFences: 0.02 },
  commitRestMs: 4,
}

const GATE_FAULT_EVERY_MS = 15_000
const FAULT_EVERY_MS = [700, 2_600] as const
/** No fault begins later than this before the end. */
const CALM_END_MS = 3_000
const PROGRESS_EVERY_MS = 5_000

const now = (): number => Number(process.hrtime.bigint())

/** Runs it. */
export async function chaos(
  options: ChaosOptions,
  keep: (report: ChaosReport) => Promise<void>,
): Promise<ChaosReport> {
  const { workers, program, say, clock } = options
  const world = await openWorld(SHAPE, Math.ceil(workers / 2), clock?.env ?? {})
  const crew = new Crew(
    workers,
    program,
    world.folder,
    (place) => ({
      databaseUrl: world.databaseUrl(place),
      redis: world.redisPlace(place),
      namespace: NAMESPACE,
      shape: SHAPE,
      load: LOAD,
      design: SOUND,
    }),
    { stopped: (worker) => goOn(worker) },
  )
  try {
    say(
      `${workers} processes, ${SHAPE.groups * SHAPE.size} accounts in ${SHAPE.groups} groups, seed ${options.seed}`,
    )
    await crew.start()
    await recovered(crew)
    await recordGate(world)
    const report = await underFaults(options, world, crew)
    await keep(report)
    return report
  } finally {
    await crew.end()
    await world.stop()
  }
}

/** A worker that has stopped itself goes on after a while; most often after the gate has closed without it. */
function goOn(worker: { signal(signal: NodeJS.Signals): void; isStopped: boolean }): void {
  worker.isStopped = true
  setTimeout(() => worker.signal('SIGCONT'), 50 + Math.random() * 3_500).unref()
}

/** A fault of one kind may find that one of another kind is there already, and nobody to tell it to. */
async function happen(fault: Fault, scene: Scene): Promise<void> {
  for (let tries = fault.isOfGate ? 1 : 8; ; tries--) {
    try {
      return await fault.happen(scene)
    } catch (error) {
      if (tries <= 1) throw error
      await wait(1_000)
    }
  }
}

async function underFaults(
  { seconds, seed, workers, faults: wanted, clock, say }: ChaosOptions,
  world: World,
  crew: Crew,
): Promise<ChaosReport> {
  const dice = diceOf(seed)
  const scene: Scene = { world, crew, dice, clock }
  const chosen = FAULTS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)),
  )
  const possible = chosen.filter((fault) => fault.canHappen?.(scene) ?? true)
  const happened: Record<string, number> = {}
  const failed: string[] = []
  const underWay = new Set<string>()
  const windows: FaultWindow[] = []
  const startNs = now()
  const endMs = performance.now() + seconds * 1_000
  const left = (): number => endMs - performance.now()
  const pressure = pressOn(world)
  const inject = async (fault: Fault): Promise<void> => {
    happened[fault.name] = (happened[fault.name] ?? 0) + 1
    underWay.add(fault.name)
    await happen(fault, scene).catch((error: unknown) => failed.push(`${fault.name}: ${String(error)}`))
    underWay.delete(fault.name)
  }
  /** All kinds in turn, in another order each time. */
  const turns = (kinds: readonly Fault[]): (() => Fault | undefined) => {
    let queue: Fault[] = []
    return () => {
      if (queue.length === 0) queue = dice.shuffled(kinds)
      return queue.pop()
    }
  }
  const nextOfGate = turns(possible.filter(({ isOfGate }) => isOfGate))
  const nextOther = turns(possible.filter(({ isOfGate }) => !isOfGate))
  const ofGate = async (): Promise<void> => {
    for (let fault = nextOfGate(); fault && left() > 2 * CALM_END_MS; fault = nextOfGate()) {
      const begunMs = performance.now()
      await wait(Math.min(2_000, left() / 4))
      await world.redis.whole(40_000).catch((error: unknown) => failed.push(String(error)))
      if (left() < CALM_END_MS) break
      const window: FaultWindow = { fault: fault.name, from: now(), to: Infinity }
      const epoch = await epochOf(world).catch(() => -1)
      windows.push(window)
      await inject(fault)
      await reopened(world, crew, epoch)
      window.to = now()
      const tookMs = performance.now() - begunMs
      // As long again at the least: a gate that is closed soon after it was opened opens more slowly each time.
      const restMs = Math.max(GATE_FAULT_EVERY_MS - tookMs, tookMs)
      await wait(Math.max(500, Math.min(restMs, left() - CALM_END_MS)))
    }
  }
  const others = async (): Promise<void> => {
    const injections = new Set<Promise<void>>()
    for (let fault = nextOther(); fault && left() > CALM_END_MS; fault = nextOther()) {
      const injected = inject(fault)
      injections.add(injected)
      void injected.finally(() => injections.delete(injected))
      await wait(Math.min(dice.between(...FAULT_EVERY_MS), Math.max(0, left())))
    }
    await Promise.all(injections)
  }
  const faultsTotal = (): number => Object.values(happened).reduce((sum, count) => sum + count, 0)
  const progress = setInterval(() => {
    const { operations, l2Hits, misses } = crew.totals
    say(
      `${Math.round((now() - startNs) / 1e9)} s: ${operations} operations, ${faultsTotal()} faults, ` +
        `${((100 * l2Hits) / Math.max(1, l2Hits + misses)).toFixed(0)} % from Redis, ` +
        `${crew.present.filter(({ isTrusted }) => isTrusted).length} of ${workers} trust it, ` +
        `${crew.money.length} wrong sums${underWay.size > 0 ? `; now: ${[...underWay].join(', ')}` : ''}`,
    )
  }, PROGRESS_EVERY_MS)
  try {
    await Promise.all([ofGate(), others(), wait(seconds * 1_000)])
    await recovered(crew)
  } finally {
    clearInterval(progress)
    await pressure.stop().catch(() => undefined)
  }
  const endNs = now()
  await crew.rest()
  const finalDifferences = await compareInTheEnd(world, crew, SHAPE)
  say('judging')
  const verdict = judge(crew.logs, await auditOf(world))
  const outside = outsideOf(windows, crew.intervals, pressure.counts.intervals, startNs, endNs)
  const moves = await world.sql(
    `SELECT was || ' to ' || state AS move, count(*)::int AS n FROM gate_log WHERE was <> state GROUP BY 1`,
  )
  const reasons = await world.sql(
    `SELECT reason, count(*)::int AS n FROM gate_log WHERE was = 'open' GROUP BY 1`,
  )
  const [epochs] = await world.sql(`SELECT epoch::float8 AS n FROM holdfast_gate`)
  const longest = (from: number, to: number): number =>
    crew.intervals.reduce(
      (most, interval) =>
        interval.to >= from && interval.from <= to ? Math.max(most, interval.longestReadMs) : most,
      0,
    )
  return {
    seed,
    seconds: (endNs - startNs) / 1e9,
    workers,
    keys: SHAPE.groups * (SHAPE.size + 1),
    verdict,
    money: crew.money,
    finalDifferences,
    violations: verdict.count + crew.money.length + finalDifferences.length,
    boundPerMillion: (3 / verdict.operations) * 1e6,
    faults: happened,
    faultsTotal: faultsTotal(),
    faultsLeftOut: chosen.filter((fault) => !possible.includes(fault)).map(({ name }) => name),
    faultsFailed: failed,
    reached: crew.reached,
    deaths: crew.deaths,
    gateTransitions: Object.fromEntries(moves.map((row) => [String(row['move']), Number(row['n'])])),
    closingReasons: Object.fromEntries(reasons.map((row) => [String(row['reason']), Number(row['n'])])),
    epochs: Number(epochs?.['n']),
    outside,
    shareFromCache: outside.l2Hits / Math.max(1, outside.l2Hits + outside.misses),
    shareNotLoaded: 1 - outside.loads / Math.max(1, outside.l2Hits + outside.misses),
    shareFound: outside.redisHits / Math.max(1, outside.redisHits + outside.redisMisses),
    evicted: pressure.counts.evicted,
    totals: crew.totals,
    errors: crew.errors,
    longestReadMs: longest(startNs, endNs),
    windowsMs: windows.map(({ fault, from, to }) => ({
      fault,
      ms: (to - from) / 1e6,
      longestReadMs: longest(from, to),
    })),
    logs: crew.logs,
  }
}
