/** The mutation gate: designs that look right and are not, each of which the judge must find, or it is blind. */
import { setTimeout as wait } from 'node:timers/promises'
import { closeGate, openGate } from 'holdfast'
import type { Shape } from './bank.ts'
import { Crew } from './crew.ts'
import { SOUND, WRONG_DESIGNS } from './designs/index.ts'
import { type Finding, judge } from './judge.ts'
import type { Load } from './messages.ts'
import { pooledTruth } from './pooled-truth.ts'
import { openWorld, type World } from './world.ts'

/** How one design fared. */
export interface MutationResult {
  readonly design: string
  readonly isCaught: boolean
  readonly seconds: number
  readonly operations: number
  /** What was found first. */
  readonly finding: Finding | undefined
  readonly money: string | undefined
}

/** Which designs, and for how long. */
export interface MutationOptions {
  readonly program: URL
  readonly say: (line: string) => void
  /** Only those whose names begin so. */
  readonly designs: readonly string[]
  readonly secondsEach: number
}

const SHAPE: Shape = { groups: 1, size: 4 }
const WORKERS = 4
/** Few keys, fought over, and a network that is often late. */
const LOAD: Load = {
  readers: 4,
  writers: 2,
  readRestMs: 4,
  writeRestMs: 60,
  readsPerWrite: 0,
  ttl: '2s',
  late: { share: 0.3, mostMs: 30, lostFences: 0.05 },
  commitRestMs: 10,
}
/** Readers take down the fences of who has committed and not settled: for races between writers there must be few. */
const CALM_LOAD: Load = {
  ...LOAD,
  readers: 1,
  writers: 3,
  readRestMs: 80,
  writeRestMs: 20,
  commitRestMs: 0,
}
const BETWEEN_WRITERS = /^(no contended|retry)/
/** The gate must close for these. */
const OF_GATE = /gate|opening/
const LOOK_EVERY_MS = 1_000
const OPEN_FOR_MS = 1_200

/** Runs every design until it is found wrong, and the sound one for as long as the slowest took. */
export async function mutations(options: MutationOptions): Promise<MutationResult[]> {
  const { say, designs, secondsEach } = options
  const chosen = WRONG_DESIGNS.filter(
    (name) => designs.length === 0 || designs.some((one) => name.startsWith(one)),
  )
  const world = await openWorld(SHAPE, 0)
  const results: MutationResult[] = []
  try {
    for (const design of chosen) {
      const result = await tryDesign(options, world, design, results.length, secondsEach)
      results.push(result)
      say(lineOf(result))
    }
    // Under the same load nothing is found in the protocol as it is.
    const longest = Math.max(10, ...results.map(({ seconds }) => seconds))
    for (const design of [SOUND, `${SOUND}, the gate moving`]) {
      const result = await tryDesign(options, world, design, results.length, Math.min(longest, 20))
      results.push(result)
      say(lineOf(result))
    }
  } finally {
    await world.stop()
  }
  return results
}

/** Whether a result is as it must be. */
export function isAsExpected({ design, isCaught }: MutationResult): boolean {
  return isCaught === !design.startsWith(SOUND)
}

function lineOf(result: MutationResult): string {
  const { design, isCaught, seconds, operations, finding, money } = result
  const what = finding?.rule ?? (money === undefined ? 'nothing found' : 'the sums are wrong')
  return `${isAsExpected(result) ? 'ok  ' : 'FAIL'} ${design}: ${isCaught ? `caught after ${seconds.toFixed(1)} s` : `not caught in ${seconds.toFixed(1)} s`}, ${operations} operations, ${what}`
}

async function tryDesign(
  { program }: MutationOptions,
  world: World,
  name: string,
  index: number,
  seconds: number,
): Promise<MutationResult> {
  const url = await world.redis.url()
  const namespace = `m${index}`
  const movesGate = OF_GATE.test(name)
  const crew = new Crew(
    WORKERS,
    program,
    world.folder,
    () => ({
      databaseUrl: world.databaseUrl(-1),
      redis: { url },
      namespace,
      shape: SHAPE,
      load: BETWEEN_WRITERS.test(name) ? CALM_LOAD : LOAD,
      design: name.startsWith(SOUND) ? SOUND : name,
    }),
    { stopped: () => undefined },
    `${namespace}-`,
  )
  let isOver = false
  let moving: Promise<void> | undefined
  try {
    await crew.start()
    const startMs = performance.now()
    const passed = (): number => (performance.now() - startMs) / 1_000
    if (movesGate) moving = moveGate(world, namespace, () => isOver)
    for (;;) {
      await wait(LOOK_EVERY_MS)
      const { count, findings, operations } = judge(crew.logs)
      const [money] = crew.money
      const isCaught = count > 0 || money !== undefined
      if (isCaught || passed() > seconds)
        return { design: name, isCaught, seconds: passed(), operations, finding: findings[0], money }
    }
  } finally {
    isOver = true
    await moving
    await crew.end()
  }
}

/** Closes the gate, and opens it again, as an operator would. */
async function moveGate(world: World, namespace: string, isOver: () => boolean): Promise<void> {
  const truth = pooledTruth(world.pool)
  while (!isOver()) {
    await closeGate(truth, 'a drill', { namespace, timeoutMs: 5_000 }).catch(() => undefined)
    await wait(300)
    await openGate(truth, { namespace, timeoutMs: 5_000 }).catch(() => undefined)
    await wait(OPEN_FOR_MS)
  }
}
