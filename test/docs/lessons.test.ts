import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const page = new URL('../../docs/reference/lessons.md', import.meta.url)
const named = [...readFileSync(page, 'utf8').matchAll(/\[([^\]]+)\]\(([^)]+\.ts)\)/g)].map(
  ([, name = '', path = '']) => ({ name, path }),
)

test('the page names tests', () => {
  expect(named.length).toBeGreaterThan(15)
})

test.each(named)('$name is a test', ({ name, path }) => {
  expect(readFileSync(fileURLToPath(new URL(path, page)), 'utf8')).toContain(name)
})
