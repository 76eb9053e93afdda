import { readdirSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

// What a guide shows is part of a program in examples/ that runs, and does what its comments say.

const folder = new URL('../../docs/guides/', import.meta.url)
const guides = readdirSync(folder).filter((name) => name.endsWith('.md'))

// One of them starts a PostgreSQL in this process: up to 8 s, and more on a busy machine.
test.each(guides)('%s', { timeout: 60_000 }, async (name) => {
  const guide = readFileSync(new URL(name, folder), 'utf8')
  const path = `../../examples/${name.replace(/\.md$/, '.ts')}`
  const program = readFileSync(new URL(path, import.meta.url), 'utf8')
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block)
  expect(blocks.filter((block) => !program.includes(block))).toEqual([])
  expect(blocks.length).toBeGreaterThan(0)

  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values.join(' ')))
  await import(path)
  log.mockRestore()
  const promised = [...program.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text)
  expect(printed).toEqual(promised)
})
