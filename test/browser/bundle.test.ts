import { gzipSync } from 'node:zlib'
import { topicText } from 'holdfast/browser'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { compilePattern } from '../../src/keyspace/pattern.ts'

test('what a browser loads is small, and imports nothing', async () => {
  const input = new URL('../../src/browser/index.ts', import.meta.url).pathname
  const bundle = await rolldown({ input, platform: 'browser' })
  const { output } = await bundle.generate({ minify: true })
  await bundle.close()
  expect(output.map(({ fileName }) => fileName)).toEqual(['index.js'])
  const [{ imports, dynamicImports, code }] = output
  expect([imports, dynamicImports]).toEqual([[], []])
  expect(code).not.toMatch(/\bnode:|\bBuffer\b|\bprocess\./)
  expect(gzipSync(code).length).toBeLessThan(5_000)
})

test.each([['a'], ['a b'], ['a:b'], ['50%'], ['{x}'], ['é \n 漢'], ['x|~!']])(
  'a topic with %j is written as the server writes it',
  (asset) => {
    const pattern = 'price:{chain}:{asset}'
    const id = { chain: 'solana', asset }
    expect(topicText(pattern, id)).toBe(compilePattern(pattern).key(id))
  },
)
