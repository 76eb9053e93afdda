import fc from 'fast-check'

const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.integer(),
  fc.bigInt(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.date({ noInvalidDate: true }),
  fc.boolean(),
  fc.uint8Array(),
  fc.constant(null),
)
const key = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$hf', 'v', '__proto__', '__keys__', 'constructor', 'toJSON', 'hasOwnProperty', '\uFEFFx'),
)
const data = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value')), fc.dictionary(key, tie('value'))),
})).value

/** Values that every codec carries. */
export const storable: fc.Arbitrary<unknown> = fc.oneof(
  data,
  // What people store most: lists of objects with the same keys.
  fc
    .tuple(
      fc.uniqueArray(key, { maxLength: 5 }),
      fc.array(fc.array(data, { maxLength: 5 }), { maxLength: 6 }),
    )
    .map(([keys, rows]) =>
      rows.map((row) => Object.fromEntries(keys.map((name, index) => [name, row[index] ?? null]))),
    ),
)

class Order {
  amount = 1
}

/** What no codec carries, and what the refusal says. */
export const refused: readonly (readonly [name: string, value: unknown, message: RegExp])[] = [
  ['a function', { act: () => 1 }, /act is a function/],
  ['a symbol', [Symbol('s')], /\[0\] is a symbol/],
  ['NaN', { a: { b: Number.NaN } }, /a\.b is NaN/],
  ['infinity', Number.POSITIVE_INFINITY, /the value is Infinity/],
  ['a Map', { m: new Map() }, /m is a Map/],
  ['other numbers of fixed width', { b: new Uint16Array(1) }, /b is a Uint16Array/],
  ['a class instance', new Order(), /the value is a Order/],
  ['an invalid Date', { at: new Date('x') }, /at is an invalid Date/],
  ['a hole in a list', { list: [1, undefined] }, /list\[1\] is undefined/],
  ['an impossible value behind one that needs a tag', [1n, Number.NaN], /\[1\] is NaN/],
  ['an impossible value behind a missing one', { a: undefined, b: { c: () => 1 } }, /b\.c is a function/],
]
