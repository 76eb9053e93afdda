import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

// What the README shows is what runs. Its two commands: `npm test` is this run; `npm start` is run by
// apps/desk/test/ops; CI runs both after `npm ci` on a clean checkout.

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const example = readFileSync(new URL('../examples/quickstart.ts', import.meta.url), 'utf8')
const scripts = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { scripts: object }
).scripts

test('the example of the README is the program in examples/', () => {
  const [, block] = /```ts\n([\s\S]*?)```/.exec(readme) ?? []
  expect(block).toBe(example)
})

test('the example prints what its comments say', async () => {
  const printed: unknown[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((value) => void printed.push(value))
  await import('../examples/quickstart.ts')
  log.mockRestore()
  expect(printed).toEqual([{ usd: '148.25' }, 'l1'])
})

test('every npm command of the README exists', () => {
  const commands = [...readme.matchAll(/npm (?:run )?(start|test|build|check|bench|dev)\b/g)].map(
    ([, name]) => name,
  )
  expect(new Set(commands)).toEqual(new Set(['build', 'start', 'test']))
  for (const name of commands) expect(scripts).toHaveProperty(name as string)
})
