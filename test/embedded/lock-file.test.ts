import type * as FileSystem from 'node:fs/promises'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { acquireLockFile } from '../../src/embedded/lock-file.ts'
import type * as Identity from '../../src/embedded/process-identity.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()

let seed = 1
/** A small generator (mulberry32), so that a run can be repeated. */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

async function holdUp(): Promise<void> {
  for (let turns = Math.floor(random() ** 3 * 60); turns > 0; turns--) await setImmediate()
}

// Between seeing who holds a lock and acting on it, each contender is held up for a while of its own.
vi.mock(import('../../src/embedded/process-identity.ts'), async (original) => {
  const actual: typeof Identity = await original()
  return {
    ...actual,
    async isRunning(identity) {
      const answer = await actual.isRunning(identity)
      await holdUp()
      return answer
    },
  }
})
vi.mock(import('node:fs/promises'), async (original) => {
  const actual: typeof FileSystem = await original()
  return {
    ...actual,
    async rename(from, to) {
      await holdUp()
      await actual.rename(from, to)
    },
  }
})

test('of many that find a stale lock at once, exactly one gets it, however slow each of them is', async () => {
  const dir = await scratch.folder()
  for (let round = 1; round <= 60; round++) {
    seed = round
    const path = join(dir, `lock-${round}`)
    await writeFile(
      path,
      JSON.stringify({ pid: 4_194_303, startedAt: 'long ago', token: 'stale', since: 'then' }),
    )
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => acquireLockFile(path, systemClock)))
    const winners = outcomes.filter((outcome) => 'release' in outcome)
    expect(winners.length, `winners with seed ${round}`).toBe(1)
    await winners[0]?.release()
    expect(await readdir(dir)).toEqual([])
  }
})
