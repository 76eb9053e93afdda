import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshRedis } from '../servers/redis.ts'
import { example, type Example, holdfast } from './fixture.ts'

// What docs/operating/inspect.md shows is what the command prints, up to figures that differ from run to run.

const page = readFileSync(new URL('../../docs/operating/inspect.md', import.meta.url), 'utf8')
const shown = [...page.matchAll(/```console\n\$ holdfast (.+)\n([\s\S]*?)\n```/g)].map(
  ([, words = '', output = '']) => [words, output] as const,
)

let used: Example
beforeAll(async () => {
  used = await example(freshRedis())
})
afterAll(() => used.end())

/** Figures, units, times and random marks masked; columns as far apart as they are without them. */
function shape(output: string): string {
  return output
    .replaceAll(/^(marks +)\w+/gm, '$1#')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:]+Z/g, '#')
    .replaceAll(/\d[\d,.]*( (B|KiB|ms|s|min))?/g, '#')
    .replaceAll(/under balance:.*/g, 'under balance:')
    .replaceAll(/ +/g, ' ')
}

test('the page shows every command', () => {
  expect(shown.map(([words]) => words.split(' ')[0])).toEqual(['totals', 'size', 'audit', 'inspect'])
})

test.each(shown)('holdfast %s', async (words, output) => {
  const { out } = await holdfast([...words.split(' '), ...used.options])
  expect(shape(out)).toBe(shape(output))
})
