import { expect, test } from 'vitest'
import { type Observation, problemsOf } from '../../prove/crash-table/observation.ts'
import { crashTable } from '../../prove/crash-table/run-table.ts'
import { STEPS, type Step } from '../../prove/crash-table/steps.ts'
import { compiledProgram } from '../processes/program.ts'

// Some rows of the crash table, really; and that it would notice. All of them: npm run prove -- --crash-table.

const victim = compiledProgram(new URL('../../prove/crash-table/victim.ts', import.meta.url))

const stepsNamed = (...names: readonly string[]): Step[] =>
  names.map((name) => {
    const step = STEPS.find((one) => one.name === name)
    if (!step) throw new Error(`no step '${name}'`)
    return step
  })

const BEFORE_SETTLE = 'after COMMIT, before SETTLE'

test('processes die at their steps, and nobody reads what is old', { timeout: 60_000 }, async () => {
  const steps = stepsNamed('before COMMIT', BEFORE_SETTLE, 'after FILL', 'after open → closing')
  const rows = await crashTable({ steps, program: victim(), say: () => undefined })
  expect(rows.flatMap(({ problems }) => problems)).toEqual([])
  expect(rows.map(({ left, gate, reads }) => [left, gate, reads[0]?.from, reads[0]?.version])).toEqual([
    ['a fence', 'open', 'PostgreSQL', 0],
    ['a fence', 'open', 'PostgreSQL', 1],
    ['the old value', 'open', 'Redis', 0],
    ['the old value', 'closing', 'PostgreSQL', 1],
  ])
})

test('fencing after the commit instead of before is found out', { timeout: 60_000 }, async () => {
  const rows = await crashTable({
    steps: stepsNamed(BEFORE_SETTLE),
    program: victim(),
    design: 'fence after commit',
    say: () => undefined,
  })
  expect(rows[0]?.problems).toContain('read 1 answered version 0; 1 was known before')
})

const SOUND: Observation = {
  step: stepsNamed(BEFORE_SETTLE)[0] as Step,
  death: { atMs: 0, isAsTold: true, told: 1, problem: undefined },
  old: 0,
  told: 1,
  left: 'a fence',
  gate: 'open',
  isOutOfReach: false,
  isCommitted: true,
  reads: [
    { version: 1, derived: 1, from: 'PostgreSQL', before: 1, after: 1 },
    { version: 1, derived: 1, from: 'Redis', before: 1, after: 1 },
  ],
  fromRedisAfterMs: 50,
}
const [first, second] = SOUND.reads as [Observation['reads'][0], Observation['reads'][0]]

test.each<[string, Partial<Observation>, RegExp | undefined]>([
  ['all is as it must be', {}, undefined],
  ['it lived', { death: { ...SOUND.death, isAsTold: false } }, /did not die by SIGKILL/],
  ['it never got there', { death: { ...SOUND.death, problem: 'late' } }, /late/],
  ['something else was left', { left: 'the old value' }, /left the old value/],
  ['another answered', { reads: [second] }, /answered by Redis/],
  ['older than what was told', { told: 2 }, /version 1; 2 was known/],
  ['older than what was committed', { reads: [{ ...first, before: 2, after: 2 }] }, /2 was known/],
  ['older than a read before', { reads: [{ ...first, version: 2, after: 2 }, second] }, /read 2 .*2 was/],
  ['what nobody committed', { reads: [{ ...first, version: 3 }] }, /1 was committed last/],
  ['the derived is older', { reads: [{ ...first, derived: 0 }] }, /derived answered version 0/],
  ['Redis stays silent', { fromRedisAfterMs: undefined }, /in time/],
])('%s: judged so', (_name, change, problem) => {
  const problems = problemsOf({ ...SOUND, ...change })
  if (problem) expect(problems.join('\n')).toMatch(problem)
  else expect(problems).toEqual([])
})
