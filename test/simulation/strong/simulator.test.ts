import { afterAll, expect, test } from 'vitest'
import { checkPatches, loadSimulator, type Simulator } from './load.ts'
import { MUTATIONS } from './mutations.ts'
import { planOf } from './plan.ts'
import { runPlan } from './run.ts'

// `npm run simulate` in short: the protocol holds, and rules that are broken are found.

const RUNS = 80
const simulators: Simulator[] = []
afterAll(() => Promise.all(simulators.map((simulator) => simulator.close())))

test(`${RUNS} runs of the protocol are right`, { timeout: 60_000 }, async () => {
  let hits = 0
  for (let seed = 1; seed <= RUNS; seed++) {
    const outcome = await runPlan(planOf(seed), seed)
    expect(outcome.problems, `npm run simulate -- --seed ${seed}`).toEqual([])
    hits += outcome.hits
  }
  expect(hits).toBeGreaterThan(RUNS)
})

test('a seed decides everything', async () => {
  for (const seed of [2, 14, 27]) {
    const first = await runPlan(planOf(seed), seed, true)
    expect((await runPlan(planOf(seed), seed, true)).trace).toEqual(first.trace)
    expect(first.trace.length).toBeGreaterThan(100)
  }
})

test.each(MUTATIONS)('$name: it can still be broken', ({ patches }) => {
  expect(patches.length).toBeGreaterThan(0)
  expect(() => checkPatches(patches)).not.toThrow()
})

// Of each kind those that few runs find.
test.each([
  'fence after commit',
  'fill on an absent key',
  'apply without the contended check',
  'a fence expires',
  'load before the lease',
])('%s: it is found', { timeout: 60_000 }, async (name) => {
  const simulator = await loadSimulator(MUTATIONS.find((each) => each.name === name)?.patches)
  simulators.push(simulator)
  for (let seed = 1; seed <= 200; seed++)
    if ((await simulator.runPlan(planOf(seed), seed)).problems.length > 0) return
  expect.unreachable('200 runs did not find it')
})
