import { expect, test } from 'vitest'
import { judge, type Observed } from '../../bench/schedules/judge.ts'

const TICK_MS = 1_000
const NONE = { doubles: 0, lost: 0, unexplained: 0, revived: 0, wronglyMadeUp: 0 }

/** Ticks from the first to the last of 40, nobody there from 10.2 s until 15.4 s, fired as the policies say. */
function soundRun(): Observed {
  const ticks = Array.from({ length: 40 }, (_, n) => n * TICK_MS)
  const isGone = (tick: number): boolean => tick > 10_200 && tick < 15_400
  return {
    fired: {
      skip: ticks.filter((tick) => !isGone(tick)),
      once: ticks.filter((tick) => !isGone(tick) || tick === 15_000),
      all: ticks,
    },
    killsMs: [10_200],
    away: [{ fromMs: 10_200, startedMs: 15_100, workedMs: 15_400 }],
    fromMs: 0,
    untilMs: 40_000,
  }
}

const without = (ticks: readonly number[], tick: number): number[] => ticks.filter((each) => each !== tick)

test('ticks that were fired as the policies say are no fault', () => {
  expect(judge(soundRun())).toEqual(NONE)
})

test.each<[string, Partial<Observed['fired']>, object]>([
  ['fired twice', { once: [...soundRun().fired.once, 20_000] }, { doubles: 1 }],
  ['never fired, of all', { all: without(soundRun().fired.all, 12_000) }, { lost: 1 }],
  [
    'not fired though somebody was there',
    { skip: without(soundRun().fired.skip, 30_000) },
    { unexplained: 1 },
  ],
  ['fired after its time, of skip', { skip: [...soundRun().fired.skip, 13_000] }, { revived: 1 }],
  ['made up for beside the latest', { once: [...soundRun().fired.once, 12_000] }, { wronglyMadeUp: 1 }],
  [
    'made up for in the place of the latest',
    { once: [...without(soundRun().fired.once, 15_000), 14_000] },
    { wronglyMadeUp: 1 },
  ],
  ['not made up for', { once: without(soundRun().fired.once, 15_000) }, { wronglyMadeUp: 1 }],
])('a tick that was %s is a fault', (_, fired, faults) => {
  const sound = soundRun()
  expect(judge({ ...sound, fired: { ...sound.fired, ...fired } })).toEqual({ ...NONE, ...faults })
})
