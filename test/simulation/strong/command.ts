/** `npm run simulate`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from 'holdfast'
import { findRedis, startPostgres, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { differPostgres } from './differential-postgres.ts'
import { differRedis, fakeFences } from './differential-redis.ts'
import { loadSimulator, type Simulator } from './load.ts'
import { MUTATIONS } from './mutations.ts'
import { planOf } from './plan.ts'
import { shrink } from './shrink.ts'

const HELP = `npm run simulate -- [options]

Runs the protocol of strong keyspaces in virtual time, with everything going wrong that a seed decides.

  --runs N        how many seeds to run (default 1000)
  --seed N        the first seed (default 1); alone: that run, and its trace
  --mutations     breaks one rule of the protocol after the other: each must be found within --runs seeds
  --differential N  holds the fakes to real servers: N random operations on Redis, N / 20 statements on PostgreSQL
  --only TEXT     of the mutations: those whose name contains it
  --help          this text

Exit code 1: a run went wrong, or a broken rule was not found.
`

const SHRINK_LIMIT_MS = 60_000
const PROGRESS_MS = 5_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const now = (): number => performance.now()
const seconds = (sinceMs: number): string => `${((now() - sinceMs) / 1_000).toFixed(1)} s`

/** Runs the command. Its exit code. */
export async function simulate(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      mutations: { type: 'boolean' },
      only: { type: 'string' },
      differential: { type: 'string' },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    say(HELP)
    return 0
  }
  const seed = wholeNumber('--seed', values.seed ?? '1')
  if (values.differential !== undefined)
    return compareFakes(wholeNumber('--differential', values.differential), seed)
  const runs = wholeNumber('--runs', values.runs ?? (values.seed === undefined ? '1000' : '1'))
  if (values.mutations === true) return breakRules(seed, runs === 1 ? 1_000 : runs, values.only ?? '')
  const simulator = await loadSimulator()
  try {
    return await runSeeds(simulator, seed, runs)
  } finally {
    await simulator.close()
  }
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new RangeError(`${name} takes a whole number above 0, not '${text}'`)
  return number
}

async function runSeeds(simulator: Simulator, first: number, runs: number): Promise<number> {
  const startedMs = now()
  let saidMs = startedMs
  const totals = { reads: 0, writes: 0, hits: 0, epochs: 0 }
  const faults = new Map<string, number>()
  for (let seed = first; seed < first + runs; seed++) {
    const outcome = await simulator.runPlan(planOf(seed), seed, runs === 1)
    if (runs === 1) say(outcome.trace.join('\n'))
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += outcome[name]
    for (const [kind, count] of outcome.faults) faults.set(kind, (faults.get(kind) ?? 0) + count)
    if (outcome.problems.length > 0) {
      await reportFailure(simulator, seed, outcome.problems)
      return 1
    }
    if (now() - saidMs > PROGRESS_MS) {
      saidMs = now()
      say(`${seed - first + 1} of ${runs} runs, ${seconds(startedMs)}`)
    }
  }
  say(`${runs} runs in ${seconds(startedMs)}: 0 violations`)
  say(
    `${totals.reads} reads, ${totals.hits} hits among those of one key; ${totals.writes} writes; ${totals.epochs} epochs of the gate`,
  )
  say(
    [...faults]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', '),
  )
  return 0
}

async function reportFailure(simulator: Simulator, seed: number, problems: readonly string[]): Promise<void> {
  say(`seed ${seed}: ${problems.join('\n')}`)
  say(`again: npm run simulate -- --seed ${seed}`)
  const small = await shrink(simulator, { plan: planOf(seed), network: seed }, now, SHRINK_LIMIT_MS)
  const { trace } = await simulator.runPlan(small.plan, small.network, true)
  say(`${small.plan.steps.length} of ${planOf(seed).steps.length} steps are enough:`)
  say(trace.join('\n'))
}

/** Breaks one rule after the other. */
async function breakRules(first: number, runs: number, only: string): Promise<number> {
  let missed = 0
  for (const { name, patches } of MUTATIONS.filter((each) => each.name.includes(only))) {
    const startedMs = now()
    const simulator = await loadSimulator(patches)
    let found: string | undefined
    let seed = first
    for (; seed < first + runs && found === undefined; seed++)
      [found] = (await simulator.runPlan(planOf(seed), seed)).problems
    await simulator.close()
    if (found === undefined) missed++
    say(
      found === undefined
        ? `NOT FOUND  ${name}, in ${runs} runs`
        : `found  ${name}: run ${seed - first}, ${seconds(startedMs)}: ${found}`,
    )
  }
  say(missed === 0 ? 'every broken rule was found' : `${missed} broken rules were not found`)
  return missed === 0 ? 0 : 1
}

/** Holds the fakes to real servers of their own. Fails with the first difference. */
async function compareFakes(steps: number, seed: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-simulate-'))
  const redis = await startRedis({ binary: await findRedis() })
  const postgres = await startPostgres({ dataDir: join(folder, 'data'), afterKill: 'stop' })
  const progress = (of: string, all: number) => (done: number) => {
    if (done % Math.ceil(all / 10) === 0) say(`${of}: ${done} of ${all}`)
  }
  const nobody = {
    changed: () => undefined,
    ticketChanged: () => undefined,
    lost: () => undefined,
    resumed: () => undefined,
  }
  const context = { clock: systemClock, trackedPrefixes: [], listener: nobody }
  const store = redisStore({ url: redis.url, namespace: 'simulate' })(context)
  try {
    await store.connect()
    const real = store.fences.within({ nonce: 'n', run: store.fences.server().run })
    let startedMs = now()
    const answers = await differRedis([real, fakeFences()], steps, seed, progress('Redis', steps))
    say(`Redis: ${steps} operations, ${answers.size} different answers, 0 differences, ${seconds(startedMs)}`)
    startedMs = now()
    const statements = Math.max(1, Math.round(steps / 20))
    const met = await differPostgres(postgres.url, statements, seed, progress('PostgreSQL', statements))
    const kinds = [...met].map(([what, count]) => `${what} ${count}`).join(', ')
    say(`PostgreSQL: ${statements} steps, 0 differences, ${seconds(startedMs)}: ${kinds}`)
    return 0
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    await store.close()
    await redis.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
