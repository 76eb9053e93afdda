import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { ScheduleStore } from './port.ts'

/** What the suite needs: the schedules of one store, and keys that nobody used before. */
export interface ScheduleHarness {
  readonly schedules: ScheduleStore
  freshKey(): string
}

/** Schedules, as every store must keep them. */
export const scheduleConformance: readonly ConformanceCase<ScheduleHarness>[] = [
  {
    name: 'a schedule begins with the present, once',
    async run({ schedules, freshKey }) {
      const key = freshKey()
      const rows = await Promise.all([schedules.look(key), schedules.look(key), schedules.look(key)])
      assert.equal(new Set(rows.map(({ lastMs }) => lastMs)).size, 1)
      const { lastMs, nowMs, isPaused } = rows[0]
      assert.ok(nowMs - lastMs >= 0 && nowMs - lastMs < 5_000, `${lastMs} is not just before ${nowMs}`)
      assert.equal(isPaused, false)
    },
  },
  {
    name: 'of many that move a schedule from one tick, one does',
    async run({ schedules, freshKey }) {
      const key = freshKey()
      const { lastMs } = await schedules.look(key)
      const moved = await Promise.all(
        Array.from({ length: 20 }, () => schedules.move(key, lastMs, lastMs + 1_000)),
      )
      assert.equal(moved.filter(Boolean).length, 1)
      assert.equal((await schedules.look(key)).lastMs, lastMs + 1_000)
      assert.equal(await schedules.move(key, lastMs, lastMs + 2_000), false)
      assert.equal(await schedules.move(key, lastMs + 1_000, lastMs + 2_000), true)
    },
  },
  {
    name: 'paused, it does not move, and it goes on from the present',
    async run({ schedules, freshKey }) {
      const key = freshKey()
      const { lastMs } = await schedules.look(key)
      await schedules.move(key, lastMs, lastMs - 60_000)
      await schedules.setPaused(key, true)
      await schedules.setPaused(key, true)
      assert.deepEqual(
        { ...(await schedules.look(key)), nowMs: 0 },
        { lastMs: lastMs - 60_000, isPaused: true, nowMs: 0 },
      )
      assert.equal(await schedules.move(key, lastMs - 60_000, lastMs), false)
      await schedules.setPaused(key, false)
      const after = await schedules.look(key)
      assert.equal(after.isPaused, false)
      assert.ok(after.lastMs >= lastMs, `it goes on from ${after.lastMs}, before ${lastMs}`)
      assert.equal(await schedules.move(key, after.lastMs, after.lastMs + 1), true)
    },
  },
  {
    name: 'a schedule can be paused before it was ever looked at',
    async run({ schedules, freshKey }) {
      const key = freshKey()
      await schedules.setPaused(key, true)
      assert.equal((await schedules.look(key)).isPaused, true)
    },
  },
]
