import { json, type Codec } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refused, storable } from './values.ts'

// Whatever the codec, a value comes back as it was, or is refused for the same reasons.

function roundTrip(codec: Codec, value: unknown): unknown {
  const { flag, payload } = codec.encode(value)
  return codec.decode(flag, payload)
}

describe.each([json as Codec, msgpack])('$name', (codec) => {
  test('what is encoded comes back as it was: bigint, Date and awkward keys included', () => {
    fc.assert(
      fc.property(storable, (value) => {
        expect(roundTrip(codec, value)).toEqual(value)
      }),
      { numRuns: 1_000 },
    )
  })

  test('decoding leaves the payload alone, so that it can be decoded twice', () => {
    fc.assert(
      fc.property(storable, (value) => {
        const { flag, payload } = codec.encode(value)
        expect(codec.decode(flag, payload)).toEqual(codec.decode(flag, payload))
      }),
    )
  })

  test('the same value has the same payload, whatever was encoded in between', () => {
    fc.assert(
      fc.property(storable, storable, (value, other) => {
        const first = codec.encode(value)
        codec.encode(other)
        expect(codec.encode(value)).toEqual(first)
      }),
    )
  })

  test('bytes come back as bytes of their own, whoever made them', () => {
    const shared = Buffer.from('xabcx').subarray(1, 4)
    const { flag, payload } = codec.encode({ shared, none: new Uint8Array(0) })
    const back = codec.decode(flag, payload) as { shared: Uint8Array; none: Uint8Array }
    expect(back).toEqual({ shared: new Uint8Array([97, 98, 99]), none: new Uint8Array(0) })
    back.shared[0] = 0
    expect(codec.decode(flag, payload)).toEqual({
      shared: new Uint8Array([97, 98, 99]),
      none: new Uint8Array(0),
    })
  })

  test.each([
    ['half of a surrogate pair', { text: 'a\uD83Db' }],
    ['a byte order mark', { text: `\uFEFF${'x'.repeat(100)}` }],
    ['a whole number above 64 bits', 2n ** 80n],
    ['a Date before 1970 and one after 2106', [new Date(-1), new Date('2300-01-01T00:00:00.001Z')]],
    [
      'more properties than 16 bits count',
      Object.fromEntries([...Array(70_000).keys()].map((n) => [`k${n}`, n])),
    ],
    ['a long list', Array.from({ length: 70_000 }, (_, n) => n)],
    [
      'more kinds of objects than there are record ids',
      Array.from({ length: 200 }, (_, n) => ({ [`k${n}`]: n, n })),
    ],
  ])('%s comes back as it was', (_name, value) => {
    expect(roundTrip(codec, value)).toEqual(value)
  })

  test('an undefined property is left out, at every depth', () => {
    const value = { a: 1, b: undefined, list: [{ c: undefined, d: new Date(5) }], at: 2n ** 70n }
    expect(roundTrip(codec, value)).toStrictEqual({ a: 1, list: [{ d: new Date(5) }], at: 2n ** 70n })
    const { at: _, ...plain } = value
    expect(roundTrip(codec, plain)).toStrictEqual({ a: 1, list: [{ d: new Date(5) }] })
    expect(roundTrip(codec, undefined)).toBe(null)
  })

  test('an object without a prototype comes back as a plain one', () => {
    const bare: unknown = Object.assign(Object.create(null), { a: 1 })
    expect(roundTrip(codec, bare)).toStrictEqual({ a: 1 })
  })

  test.each(refused)('%s is refused, naming the place', (_name, value, message) => {
    expect(() => codec.encode(value)).toThrow(TypeError)
    expect(() => codec.encode(value)).toThrow(message)
  })

  test('a cycle is refused, and nesting deeper than 64', () => {
    const a: Record<string, unknown> = {}
    a.self = a
    expect(() => codec.encode(a)).toThrow(/in a cycle/)
    const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
    expect(roundTrip(codec, nested(64))).toEqual(nested(64))
    expect(() => codec.encode(nested(65))).toThrow(/deeper than 64/)
  })

  test('a payload of a codec that nobody knows is refused', () => {
    expect(() => codec.decode('q', '1')).toThrow(/flag 'q'/)
  })

  test('what JSON wrote is read, as text and as bytes', () => {
    const { flag, payload } = json.encode({ price: 12n, name: 'žluťoučký 🐎' })
    const value = { price: 12n, name: 'žluťoučký 🐎' }
    expect(codec.decode(flag, payload)).toEqual(value)
    expect(codec.decode(flag, new TextEncoder().encode(payload))).toEqual(value)
  })
})
