import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildDirectory } from '../../src/embedded/build-directory.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'
import { useScratch } from './scratch.ts'

const scratch = useScratch()
const clock = virtualClock()

function fill(text: string): (partial: string) => Promise<string> {
  return async (partial) => {
    await writeFile(join(partial, 'file'), text)
    return partial
  }
}

test('publishes what was built, and leaves nothing else', async () => {
  const parent = await scratch.folder()
  await buildDirectory(clock, join(parent, 'made'), fill('whole'))
  expect(await readdir(parent)).toEqual(['made'])
  expect(await readFile(join(parent, 'made', 'file'), 'utf8')).toBe('whole')
})

test('a build that fails publishes nothing and leaves nothing', async () => {
  const parent = await scratch.folder()
  const failing = buildDirectory(clock, join(parent, 'made'), async (partial) => {
    await writeFile(join(partial, 'file'), 'half')
    throw new Error('broken')
  })
  await expect(failing).rejects.toThrow('broken')
  expect(await readdir(parent)).toEqual([])
})

test('of several builds at once one wins whole', async () => {
  const parent = await scratch.folder()
  const target = join(parent, 'made')
  await Promise.all(['a', 'b', 'c'].map((text) => buildDirectory(clock, target, fill(text))))
  expect(await readdir(parent)).toEqual(['made'])
  expect(['a', 'b', 'c']).toContain(await readFile(join(target, 'file'), 'utf8'))
})

test('removes what a killed build left an hour ago, but not what may still be under way', async () => {
  const parent = await scratch.folder()
  for (const [name, ageMs] of [
    ['.made.partial-old', 3_600_001],
    ['.made.partial-new', 3_500_000],
    ['.other.partial-old', 3_600_001],
  ] as const) {
    await mkdir(join(parent, name))
    const at = new Date(clock.wall() - ageMs)
    await utimes(join(parent, name), at, at)
  }
  await buildDirectory(clock, join(parent, 'made'), fill('whole'))
  expect((await readdir(parent)).sort()).toEqual(['.made.partial-new', '.other.partial-old', 'made'])
})
