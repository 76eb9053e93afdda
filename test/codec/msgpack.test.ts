import { json } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { expect, test } from 'vitest'
import { storable } from './values.ts'

function payloadOf(value: unknown): Uint8Array {
  const { flag, payload } = msgpack.encode(value)
  expect(flag).toBe('m')
  return payload as Uint8Array
}

/** What comes of bytes that may be anything: only a value that could have been stored is good. */
function outcome(payload: Uint8Array): 'refused' | 'data' {
  let value: unknown
  try {
    value = msgpack.decode('m', payload)
  } catch {
    return 'refused'
  }
  json.encode(value)
  return 'data'
}

test('ordinary values are MessagePack, with the keys of equal objects written once', () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({
    somewhatLongKey: n,
    amount: '1.5',
    at: new Date(n),
    of: 5n,
  }))
  const text = Buffer.from(payloadOf(rows)).toString('latin1')
  expect(text.split('somewhatLongKey')).toHaveLength(2)
})

test('bytes of every kind never crash the decoder, and yield nothing but data', () => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void seen.add(outcome(bytes))),
    { numRuns: 5_000 },
  )
  expect(seen).toContain('refused')
})

test('damaged payloads never crash the decoder, and yield nothing but data', () => {
  const seen = new Set<string>()
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
  fc.assert(
    fc.property(storable, edits, fc.nat(), (value, changes, end) => {
      const { flag, payload } = msgpack.encode(value)
      if (flag !== 'm') return
      const damaged = Uint8Array.from(payload as Uint8Array)
      for (const [place, byte] of changes) damaged[place % damaged.length] = byte
      seen.add(outcome(damaged))
      seen.add(outcome(damaged.subarray(0, end % (damaged.length + 1))))
    }),
    { numRuns: 2_000 },
  )
  expect(seen).toEqual(new Set(['refused', 'data']))
})

test('a decoder that failed reads the next payload', () => {
  const good = payloadOf([{ a: 1 }, { a: 2 }])
  for (let count = 0; count < 5; count++) {
    expect(() => msgpack.decode('m', good.subarray(0, good.length - 1))).toThrow()
    expect(msgpack.decode('m', good)).toEqual([{ a: 1 }, { a: 2 }])
  }
})

const more = new Packr({ moreTypes: true, structuredClone: true })
const cycle: Record<string, unknown> = {}
cycle.self = cycle

/** Small, and in truth 2^60 lists: whoever follows every reference never ends. */
let laughs: unknown[] = [1]
for (let depth = 0; depth < 60; depth++) laughs = [laughs, laughs]

test.each([
  ['lists that refer to each other', more.pack(laughs)],
  ['a Set', more.pack(new Set([1]))],
  ['an Error', more.pack([new RangeError('x')])],
  ['a regular expression', more.pack({ a: /(a+)+$/ })],
  ['numbers in a typed array', more.pack(new Float64Array(3))],
  ['NaN', more.pack([Number.NaN])],
  ['undefined', more.pack({ a: undefined })],
  ['a cycle', more.pack(cycle)],
  ['an invalid Date', more.pack(new Date(Number.NaN))],
  ['nesting beyond the limit', Buffer.from([...Array(66).fill(0x91), 1])],
  ['nesting beyond the stack', Buffer.alloc(1_000_000, 0x91)],
  ['a list longer than its payload', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
  ['a map longer than its payload', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])],
  ['a text longer than its payload', Buffer.from([0xdb, 0xff, 0xff, 0xff, 0xff])],
  ['nothing', Buffer.alloc(0)],
  ['two values', Buffer.from([1, 2])],
])('%s is refused', (_name, payload) => {
  expect(() => msgpack.decode('m', payload)).toThrow()
})

test('a payload that was read as text is refused', () => {
  expect(() => msgpack.decode('m', 'text')).toThrow(/read as text/)
})
