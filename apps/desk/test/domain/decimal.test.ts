import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import * as decimal from '../../src/domain/decimal.ts'
import type { Decimal, Rounding } from '../../src/domain/decimal.ts'

const text = fc
  .tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => decimal.format({ units, scale }))

const at = (value: string): Decimal => decimal.parse(value)

describe('reading and writing', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['23.00000000', '23'],
    ['0.00141300', '0.001413'],
    ['100', '100'],
    ['-12.50', '-12.5'],
    ['9007199254740993.1', '9007199254740993.1'],
    [`${'9'.repeat(20)}.${'9'.repeat(20)}`, `${'9'.repeat(20)}.${'9'.repeat(20)}`],
    [`0.${'0'.repeat(38)}1`, `0.${'0'.repeat(38)}1`],
  ])('%s is written %s', (given, expected) => {
    expect(decimal.canonical(given)).toBe(expected)
    expect(decimal.format(decimal.parse(given))).toBe(expected)
  })

  const NO_DECIMALS = [
    '',
    ' ',
    '1 ',
    ' 1',
    '+1',
    '.5',
    '5.',
    '00.5',
    '01',
    '1e5',
    '1E-7',
    'NaN',
    'Infinity',
    '-',
    '-.5',
    '1,5',
    '0x10',
    '1_000',
    '١',
    '1.2.3',
    '--1',
    '1\n',
  ]

  test.each(NO_DECIMALS)('%j is refused', (given) => {
    const refusal = expect.objectContaining({
      code: 'DECIMAL_INVALID',
      message: expect.stringMatching(/^price: /),
    })
    expect(() => decimal.parse(given, 'price')).toThrow(refusal)
    expect(() => decimal.canonical(given, 'price')).toThrow(refusal)
  })

  test('41 digits are refused, wherever the point is', () => {
    expect(() => decimal.parse('1'.repeat(41))).toThrow('more than 40 digits')
    expect(() => decimal.parse(`-1.${'1'.repeat(40)}`)).toThrow('more than 40 digits')
    expect(() => decimal.parse(`-${'1'.repeat(39)}.1`)).not.toThrow()
  })

  test.each([0.1, Number.NaN, null, undefined, 5n])('%s, which is no text, is refused', (given) => {
    expect(() => decimal.parse(given as unknown as string)).toThrow(decimal.DecimalError)
  })

  test('a hostile text is cut short in the message', () => {
    expect(() => decimal.parse('x'.repeat(100_000))).toThrow(/^value: "x{40}" is no decimal/)
  })

  test('writing and reading again gives the same number', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(decimal.format(at(given))).toBe(given)
      }),
    )
  })
})

describe('arithmetic', () => {
  test('adds across scales, where JavaScript numbers do not', () => {
    expect(decimal.format(decimal.add(at('0.1'), at('0.2')))).toBe('0.3')
    expect(decimal.format(decimal.subtract(at('1'), at('0.000000000000000001')))).toBe('0.999999999999999999')
  })

  test('addition is commutative and associative, and subtraction undoes it', () => {
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        const sum = decimal.add(at(a), at(b))
        expect(decimal.compare(sum, decimal.add(at(b), at(a)))).toBe(0)
        expect(decimal.compare(decimal.add(sum, at(c)), decimal.add(at(a), decimal.add(at(b), at(c))))).toBe(
          0,
        )
        expect(decimal.format(decimal.subtract(sum, at(b)))).toBe(a)
      }),
    )
  })

  test('comparison is the sign of the difference', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(decimal.compare(at(a), at(b))).toBe(decimal.sign(decimal.subtract(at(a), at(b))))
      }),
    )
  })

  test('a product with room for all digits is exact', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [left, right] = [at(a), at(b)]
        const product = decimal.multiply(left, right, left.scale + right.scale, 'down')
        expect(product.units).toBe(left.units * right.units)
      }),
    )
  })

  test('a quotient times its divisor is within one unit of the dividend', () => {
    const notZero = text.filter((value) => value !== '0')
    const rounding = fc.constantFrom<Rounding>('down', 'up', 'half-up', 'half-even')
    fc.assert(
      fc.property(text, notZero, rounding, (a, b, mode) => {
        const quotient = decimal.divide(at(a), at(b), 6, mode)
        // |a - q·b| <= |b| · 10^-6, everything scaled to the same power of ten
        const scale = 30n
        const [left, right] = [at(a), at(b)]
        const dividend = left.units * 10n ** (scale - BigInt(left.scale))
        const back = quotient.units * right.units * 10n ** (scale - 6n - BigInt(right.scale))
        const unit = right.units * 10n ** (scale - 6n - BigInt(right.scale))
        const off = dividend - back
        expect(off < 0n ? -off : off).toBeLessThanOrEqual(unit < 0n ? -unit : unit)
      }),
    )
  })

  test.each<[string, Rounding, string]>([
    ['1.25', 'down', '1.2'],
    ['1.25', 'up', '1.3'],
    ['1.25', 'half-up', '1.3'],
    ['1.25', 'half-even', '1.2'],
    ['1.35', 'half-even', '1.4'],
    ['1.2501', 'half-even', '1.3'],
    ['1.2499', 'half-up', '1.2'],
    ['-1.25', 'down', '-1.2'],
    ['-1.25', 'up', '-1.3'],
    ['-1.25', 'half-up', '-1.3'],
    ['-1.25', 'half-even', '-1.2'],
    ['0.01', 'up', '0.1'],
    ['-0.01', 'up', '-0.1'],
    ['-0.01', 'down', '0'],
    ['0.05', 'half-even', '0'],
    ['0.15', 'half-even', '0.2'],
    ['1.2', 'up', '1.2'],
  ])('%s rounds %s to %s', (given, mode, expected) => {
    expect(decimal.format(decimal.round(at(given), 1, mode))).toBe(expected)
    expect(decimal.format(decimal.multiply(at(given), at('1'), 1, mode))).toBe(expected)
    expect(decimal.format(decimal.divide(at(given), at('1'), 1, mode))).toBe(expected)
    expect(
      decimal.format(decimal.divide(decimal.multiply(at(given), at('-1'), 9, 'down'), at('-1'), 1, mode)),
    ).toBe(expected)
  })

  test('a ratio is rounded once, however long what lies in between is', () => {
    const large = at('9'.repeat(40))
    expect(decimal.format(decimal.ratio([large, large], [large], 0, 'down'))).toBe('9'.repeat(40))
    expect(decimal.format(decimal.ratio([at('1'), at('2')], [at('3'), at('7')], 6, 'down'))).toBe('0.095238')
    expect(decimal.format(decimal.ratio([at('-1')], [at('3')], 2, 'up'))).toBe('-0.34')
    expect(decimal.format(decimal.ratio([], [at('8')], 3, 'down'))).toBe('0.125')
  })

  test('a ratio of two factors is what multiply and divide give', () => {
    const notZero = text.filter((value) => value !== '0')
    const rounding = fc.constantFrom<Rounding>('down', 'up', 'half-up', 'half-even')
    fc.assert(
      fc.property(text, notZero, rounding, (a, b, mode) => {
        const [left, right] = [at(a), at(b)]
        expect(decimal.ratio([left, right], [], 8, mode)).toEqual(decimal.multiply(left, right, 8, mode))
        expect(decimal.ratio([left], [right], 8, mode)).toEqual(decimal.divide(left, right, 8, mode))
      }),
    )
  })

  test.each([
    ['1', '3', '0.33333'],
    ['2', '3', '0.66666'],
    ['1', '30000000000', '0.000000000033333'],
    ['100000', '3', '33333'],
    ['12345678', '1', '12345678'],
    ['1', '1', '1'],
    ['0', '7', '0'],
  ])('%s / %s to five digits is %s', (a, b, expected) => {
    const found = decimal.ratioToDigits([at(a)], [at(b)], 5, 'down')
    // One digit more is allowed, none less.
    expect(decimal.format(found).startsWith(expected)).toBe(true)
    expect(decimal.format(found).length).toBeLessThanOrEqual(expected.length + 1)
  })

  test('as many digits count as were asked for, whatever the size of the number', () => {
    const positive = fc.bigInt({ min: 1n, max: 10n ** 20n })
    const scale = fc.integer({ min: 0, max: 18 })
    fc.assert(
      fc.property(positive, scale, positive, scale, (a, aScale, b, bScale) => {
        const [over, under] = [
          { units: a, scale: aScale },
          { units: b, scale: bScale },
        ]
        const found = decimal.ratioToDigits([over], [under], 6, 'down')
        const digits = found.units.toString().length
        // Above 10^6 every digit before the point stays; below 10^-33 there is no room for six.
        const hasRoom = found.scale > 0 && found.scale < 39
        expect(hasRoom ? [6, 7] : [digits]).toContain(digits)
      }),
    )
  })

  test('a weighted mean lies between its values and is rounded once', () => {
    const mean = (values: [string, string][]): string =>
      decimal.format(
        decimal.weightedMean(
          values.map(([value, weight]) => ({ value: at(value), weight: at(weight) })),
          20,
          'up',
        ),
      )
    expect(
      mean([
        ['100', '1'],
        ['80', '0.9375'],
      ]),
    ).toBe('90.322580645161290323')
    expect(
      mean([
        ['5', '0'],
        ['7', '3'],
      ]),
    ).toBe('7')
    const long = '9'.repeat(40)
    expect(
      mean([
        [long, long],
        [long, long],
      ]),
    ).toBe(long)
    expect(() => mean([['1', '0']])).toThrow(expect.objectContaining({ code: 'DECIMAL_DIVISION_BY_ZERO' }))
  })

  test('min and max compare numbers, not their forms', () => {
    expect(decimal.format(decimal.min(at('1.50'), at('1.5')))).toBe('1.5')
    expect(decimal.format(decimal.min(at('-2'), at('1')))).toBe('-2')
    expect(decimal.format(decimal.max(at('-2'), at('1')))).toBe('1')
    expect(decimal.format(decimal.max(at('0.10'), at('0.09')))).toBe('0.1')
  })

  test('division by zero is an error with a code', () => {
    const division = expect.objectContaining({ code: 'DECIMAL_DIVISION_BY_ZERO' })
    expect(() => decimal.divide(at('1'), at('0.00'), 2, 'down')).toThrow(division)
    expect(() => decimal.ratio([at('1')], [at('2'), at('0')], 2, 'down')).toThrow(division)
  })

  test('a result of more than 40 digits is an error, never a rounded number', () => {
    const overflow = expect.objectContaining({ code: 'DECIMAL_OVERFLOW' })
    const largest = at('9'.repeat(40))
    expect(() => decimal.add(largest, at('1'))).toThrow(overflow)
    expect(() => decimal.add(largest, at('0.1'))).toThrow(overflow)
    expect(() => decimal.multiply(largest, at('2'), 0, 'down')).toThrow(overflow)
    expect(() => decimal.round(at('1'), 40, 'down')).toThrow(overflow)
    expect(() => decimal.round(at('1'), 1.5, 'down')).toThrow(overflow)
  })

  test('zeros at the end of a fraction do not count as digits of a result', () => {
    const large = at('9'.repeat(40))
    expect(decimal.format(decimal.add(large, at('0.000')))).toBe('9'.repeat(40))
    expect(decimal.format(decimal.round(at('1'.repeat(39)), 5, 'down'))).toBe('1'.repeat(39))
  })
})
