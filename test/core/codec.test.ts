import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode } from '../../src/core/codec.ts'

function roundTrip(value: unknown): unknown {
  const { flag, text } = encode(value)
  return decode(flag, text)
}

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.boolean(),
  fc.constant(null),
)
const key = fc.oneof(fc.string(), fc.constantFrom('$hf', 'v', '__proto__', 'constructor', 'toJSON'))
const data = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
})).value

test('what is encoded comes back as it was: bigint, Date and tag-like objects included', () => {
  fc.assert(
    fc.property(data, (value) => {
      expect(roundTrip(value)).toEqual(value)
    }),
  )
})

test('plain JSON stays plain, so that people and other languages can read it', () => {
  expect(encode({ price: '1.20', count: 3 })).toEqual({ flag: 'j', text: '{"price":"1.20","count":3}' })
  expect(encode(undefined)).toEqual({ flag: 'j', text: 'null' })
})

test.each([
  ['a function', { act: () => 1 }, /act is a function/],
  ['a symbol', [Symbol('s')], /\[0\] is a symbol/],
  ['NaN', { a: { b: Number.NaN } }, /a\.b is NaN/],
  ['infinity', Number.POSITIVE_INFINITY, /the value is Infinity/],
  ['a Map', { m: new Map() }, /m is a Map/],
  [
    'a class instance',
    new (class Order {
      amount = 1
    })(),
    /the value is a Order/,
  ],
  ['an invalid Date', { at: new Date('x') }, /at is an invalid Date/],
  ['a hole in a list', { list: [1, undefined] }, /list\[1\] is undefined/],
])('%s is refused, naming the place', (_name, value, message) => {
  expect(() => encode(value)).toThrow(TypeError)
  expect(() => encode(value)).toThrow(message)
})

test('a cycle is refused', () => {
  const a: Record<string, unknown> = {}
  a.self = a
  expect(() => encode(a)).toThrow(/in a cycle/)
})

test('an impossible value is found behind one that needs a tag', () => {
  expect(() => encode([1n, Number.NaN])).toThrow(/\[1\] is NaN/)
})

test.each([
  ['j', '{'],
  ['t', '{"$hf":"money","v":"1"}'],
  ['t', '{"$hf":"bigint","v":"x"}'],
  ['q', '1'],
])('payload %s %s is refused', (flag, text) => {
  expect(() => decode(flag, text)).toThrow()
})
