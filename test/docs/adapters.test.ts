import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { IN_PROCESS, NAMES } from '../postgres/matrix.ts'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

// test/postgres/adapters.test.ts runs every case on every driver, but for those of connections in the same process.

test('the table of adapters says what is tested, and no more', () => {
  const tests = read('test/postgres/adapters.test.ts')
  const cases = [...tests.matchAll(/^  test(\.skipIf\(isInProcess\))?\('([^']+)'/gm)]
  const rows = cases.map(([, skipped, name]) => [
    name,
    ...NAMES.map((driver) => (skipped && IN_PROCESS.includes(driver) ? '–' : 'yes')),
  ])
  const wanted = [['', ...NAMES], ...rows]
  const page = read('docs/reference/adapters.md')
  const found = page
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[ -]*-/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  expect(found).toEqual(wanted)
})

test('the versions on that page are those that are installed', () => {
  const page = read('docs/reference/adapters.md')
  const named = [...page.matchAll(/`([@a-z/-]+)` (\d+\.\d+\.\d+)/g)]
  expect(named).toHaveLength(5)
  for (const [, name, version] of named)
    expect((JSON.parse(read(`node_modules/${name}/package.json`)) as { version: string }).version).toBe(
      version,
    )
})
