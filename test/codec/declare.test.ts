import { cached, type CodingSpec, DeclarationError, json, strong } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { isAvailable } from '../../src/codec/compression.ts'
import { parseSize } from '../../src/core/size.ts'

const declareCached = (coding: object) =>
  cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', ...(coding as CodingSpec) })
const declareStrong = (coding: object) =>
  strong({ key: 'a:{id}', about: 'x', value: z.string(), load: () => null, ...(coding as CodingSpec) })

test.each([
  ['codec: msgpack()', { codec: {} }, 'codec', /is no codec; give json, or msgpack/],
  ['no object', { compress: '8kB' }, 'compress', /takes an object/],
  ['no threshold', { compress: {} }, 'compress.above', /'undefined' is no size/],
  ['a threshold without a unit', { compress: { above: 8_000 } }, 'compress.above', /'8000' is no size/],
  ['a threshold of nothing', { compress: { above: '0B' } }, 'compress.above', /out of bounds/],
  ['a threshold in no known unit', { compress: { above: '8KB' } }, 'compress.above', /is no size/],
  ['a misspelt option', { compress: { abvoe: '8kB' } }, 'compress.abvoe', /is no option/],
  [
    'an unknown algorithm',
    { compress: { above: '8kB', algorithm: 'lz4' } },
    'compress.algorithm',
    /'lz4' is none of deflate, zstd/,
  ],
])('%s is refused, naming the field', (_name, coding, field, message) => {
  for (const [kind, declare] of [
    ['cached', declareCached],
    ['strong', declareStrong],
  ] as const) {
    expect(() => declare(coding)).toThrow(DeclarationError)
    expect(() => declare(coding)).toThrow(`${kind}('a:{id}').${field}`)
    expect(() => declare(coding)).toThrow(message)
  }
})

test('zstd is refused where this Node has none', () => {
  const declare = () => declareCached({ compress: { above: '8kB', algorithm: 'zstd' } })
  if (isAvailable('zstd')) expect(declare().compression).toEqual({ aboveBytes: 8_000, algorithm: 'zstd' })
  else expect(declare).toThrow(/zstd needs Node 22.15 or later in every process/)
})

test('a description says how values are stored', () => {
  expect(declareCached({}).details).toMatchObject({ codec: 'json', compressAboveBytes: null })
  expect(declareCached({ codec: json }).details).toMatchObject({ codec: 'json' })
  expect(declareStrong({ codec: msgpack, compress: { above: '1.5MB' } }).details).toMatchObject({
    codec: 'msgpack',
    compressAboveBytes: 1_500_000,
  })
})

test.each([
  ['1B', 1],
  ['8kB', 8_000],
  ['1.5kB', 1_500],
  ['1MB', 1_000_000],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text, 'size', 1_000_000)).toBe(bytes)
})
