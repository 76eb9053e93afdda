/**
 * Exact decimals: what money, prices and quantities are made of. Import the module whole, so that calls read as
 * sentences: `import * as decimal from '../domain/decimal.ts'`, then `decimal.add(a, b)`.
 *
 * Invariant: a value is written with at most 40 digits, those after the point included. What does not fit is an
 * error, never a silently rounded or ever-growing number. Only the functions that take a `Rounding` round.
 */

/** The number `units / 10 ** scale`. One number may have several forms (1.5 and 1.50): ask `compare`, not `===`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

/** `down` towards zero, `up` away from zero, halves away from zero, halves to the even neighbour. */
export type Rounding = 'down' | 'up' | 'half-up' | 'half-even'

/** What can be wrong: the text is no decimal, a result needs more than 40 digits, or a divisor is zero. */
export type DecimalErrorCode = 'DECIMAL_INVALID' | 'DECIMAL_OVERFLOW' | 'DECIMAL_DIVISION_BY_ZERO'

/** A text that is no decimal, or a result that cannot be had. */
export class DecimalError extends Error {
  /** Switch on this rather than on the message. */
  readonly code: DecimalErrorCode

  constructor(code: DecimalErrorCode, message: string) {
    super(message)
    this.name = 'DecimalError'
    this.code = code
  }
}

/** The most digits a value may be written with. */
export const MAX_DIGITS = 40

/** Zero. */
export const ZERO: Decimal = { units: 0n, scale: 0 }

// No exponent, no plus, no bare point, no leading zeros: one number, one integer part.
const TEXT = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/
const LIMIT = 10n ** BigInt(MAX_DIGITS)
const POWERS: readonly bigint[] = Array.from(
  { length: 2 * MAX_DIGITS },
  (_, exponent) => 10n ** BigInt(exponent),
)

/**
 * The value of `text`, for example `'-12.50'`.
 *
 * @throws DecimalError DECIMAL_INVALID, naming `field`.
 */
export function parse(text: string, field = 'value'): Decimal {
  assertDecimal(text, field)
  const point = text.indexOf('.')
  if (point === -1) return { units: BigInt(text), scale: 0 }
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 }
}

/**
 * The one way to write the number in `text`: zeros at the end of the fraction are dropped, and so is a point with
 * nothing after it or a minus before zero. `'23.00000000'` becomes `'23'`. Equal numbers get equal texts.
 *
 * @throws DecimalError DECIMAL_INVALID, naming `field`.
 */
export function canonical(text: string, field = 'value'): string {
  assertDecimal(text, field)
  return shortest(text)
}

/** The canonical text of `value` (see `canonical`). */
export function format(value: Decimal): string {
  const digits = abs(value.units)
    .toString()
    .padStart(value.scale + 1, '0')
  const point = digits.length - value.scale
  const sign = value.units < 0n ? '-' : ''
  return canonical(
    value.scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`,
  )
}

/** Less than zero, zero or more, as -1, 0 and 1. */
export function sign(value: Decimal): -1 | 0 | 1 {
  if (value.units === 0n) return 0
  return value.units < 0n ? -1 : 1
}

/** -1, 0 or 1: whether `a` is smaller than, equal to or larger than `b`. Fit for `sort`. */
export function compare(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const scale = Math.max(a.scale, b.scale)
  const left = unitsAt(a, scale)
  const right = unitsAt(b, scale)
  if (left === right) return 0
  return left < right ? -1 : 1
}

/** The smaller of the two. */
export function min(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) <= 0 ? a : b
}

/** The larger of the two. */
export function max(a: Decimal, b: Decimal): Decimal {
  return compare(a, b) >= 0 ? a : b
}

/** @throws DecimalError DECIMAL_OVERFLOW when the sum needs more than 40 digits. */
export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return bounded(unitsAt(a, scale) + unitsAt(b, scale), scale)
}

/** @throws DecimalError DECIMAL_OVERFLOW when the difference needs more than 40 digits. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { units: -b.units, scale: b.scale })
}

/** The product, rounded once to `scale` digits after the point. @throws DecimalError DECIMAL_OVERFLOW. */
export function multiply(a: Decimal, b: Decimal, scale: number, rounding: Rounding): Decimal {
  return quotient(a.units * b.units, a.scale + b.scale, 1n, scale, rounding)
}

/** The quotient, rounded once to `scale` digits. @throws DecimalError DECIMAL_DIVISION_BY_ZERO, DECIMAL_OVERFLOW. */
export function divide(a: Decimal, b: Decimal, scale: number, rounding: Rounding): Decimal {
  if (b.units === 0n) throw new DecimalError('DECIMAL_DIVISION_BY_ZERO', `${format(a)} was divided by zero`)
  return quotient(a.units * power(b.scale), a.scale, b.units, scale, rounding)
}

/**
 * The product of `over` divided by the product of `under`, rounded once to `scale` digits. What lies in between may be
 * as long as it likes: only the result has to fit.
 *
 * @throws DecimalError DECIMAL_DIVISION_BY_ZERO, DECIMAL_OVERFLOW.
 */
export function ratio(
  over: readonly Decimal[],
  under: readonly Decimal[],
  scale: number,
  rounding: Rounding,
): Decimal {
  const numerator = product(over)
  const denominator = product(under)
  if (denominator.units === 0n)
    throw new DecimalError('DECIMAL_DIVISION_BY_ZERO', 'a ratio was taken to zero')
  return quotient(
    numerator.units * power(denominator.scale),
    numerator.scale,
    denominator.units,
    scale,
    rounding,
  )
}

/**
 * `ratio`, rounded to `digits` digits that count, or one more: as exact for 0.00000001234 as for 1234. Of numbers
 * below 10^-39 nothing is left but what `rounding` makes of them.
 *
 * @throws DecimalError DECIMAL_DIVISION_BY_ZERO, DECIMAL_OVERFLOW.
 */
export function ratioToDigits(
  over: readonly Decimal[],
  under: readonly Decimal[],
  digits: number,
  rounding: Rounding,
): Decimal {
  // Log10 of the result, one too low at worst.
  const exponent = magnitude(product(over)) - magnitude(product(under)) - 1
  const scale = Math.min(Math.max(digits - 1 - exponent, 0), MAX_DIGITS - 1)
  return ratio(over, under, scale, rounding)
}

/**
 * The mean of `values`, each with its weight, rounded once to `digits` digits that count, or one more. The sums in
 * between may be as long as they like.
 *
 * @throws DecimalError DECIMAL_DIVISION_BY_ZERO when the weights add up to zero, DECIMAL_OVERFLOW.
 */
export function weightedMean(
  values: readonly { readonly value: Decimal; readonly weight: Decimal }[],
  digits: number,
  rounding: Rounding,
): Decimal {
  const sum = total(values.map(({ value, weight }) => product([value, weight])))
  return ratioToDigits([sum], [total(values.map(({ weight }) => weight))], digits, rounding)
}

/** `value` with `scale` digits after the point. @throws DecimalError DECIMAL_OVERFLOW. */
export function round(value: Decimal, scale: number, rounding: Rounding): Decimal {
  return quotient(value.units, value.scale, 1n, scale, rounding)
}

/** numerator / 10^numeratorScale / divisor, rounded to `scale` digits. */
function quotient(
  numerator: bigint,
  numeratorScale: number,
  divisor: bigint,
  scale: number,
  rounding: Rounding,
): Decimal {
  if (!Number.isInteger(scale) || scale < 0 || scale >= MAX_DIGITS) {
    throw new DecimalError(
      'DECIMAL_OVERFLOW',
      `a scale is a whole number from 0 to ${MAX_DIGITS - 1}, not ${scale}`,
    )
  }
  const positive = divisor < 0n ? -numerator : numerator
  return bounded(
    divideRounded(positive * power(scale), abs(divisor) * power(numeratorScale), rounding),
    scale,
  )
}

function divideRounded(numerator: bigint, divisor: bigint, rounding: Rounding): bigint {
  const towardsZero = numerator / divisor
  const rest = abs(numerator % divisor)
  if (rest === 0n) return towardsZero
  const awayFromZero = towardsZero + (numerator < 0n ? -1n : 1n)
  const half = rest * 2n - divisor
  switch (rounding) {
    case 'down':
      return towardsZero
    case 'up':
      return awayFromZero
    case 'half-up':
      return half < 0n ? towardsZero : awayFromZero
    case 'half-even':
      if (half === 0n) return towardsZero % 2n === 0n ? towardsZero : awayFromZero
      return half < 0n ? towardsZero : awayFromZero
  }
}

/** Keeps the invariant. Zeros at the end of a fraction are no digits that count, so they go before we give up. */
function bounded(units: bigint, scale: number): Decimal {
  while (scale > 0 && abs(units) >= LIMIT && units % 10n === 0n) {
    units /= 10n
    scale--
  }
  if (abs(units) >= LIMIT) {
    throw new DecimalError('DECIMAL_OVERFLOW', `a result needs more than ${MAX_DIGITS} digits`)
  }
  return { units, scale }
}

function assertDecimal(text: string, field: string): void {
  // A number that slipped past the types is refused too: it has lost its digits already.
  if (typeof text === 'string' && TEXT.test(text)) {
    const marks = (text.startsWith('-') ? 1 : 0) + (text.includes('.') ? 1 : 0)
    if (text.length - marks <= MAX_DIGITS) return
    throw new DecimalError('DECIMAL_INVALID', `${field}: more than ${MAX_DIGITS} digits`)
  }
  const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 40)) : String(text)
  throw new DecimalError('DECIMAL_INVALID', `${field}: ${shown} is no decimal such as '12.5'`)
}

function shortest(text: string): string {
  if (!text.includes('.')) return text === '-0' ? '0' : text
  let end = text.length
  while (text.endsWith('0', end)) end--
  if (text.endsWith('.', end)) end--
  const short = text.slice(0, end)
  return short === '-0' ? '0' : short
}

/** A product in full, which may break the invariant: for values that are divided again before anyone sees them. */
function product(factors: readonly Decimal[]): Decimal {
  let units = 1n
  let scale = 0
  for (const factor of factors) {
    units *= factor.units
    scale += factor.scale
  }
  return { units, scale }
}

/** A sum in full, which may break the invariant too. */
function total(terms: readonly Decimal[]): Decimal {
  const scale = Math.max(0, ...terms.map((term) => term.scale))
  return { units: terms.reduce((sum, term) => sum + unitsAt(term, scale), 0n), scale }
}

/** How many digits stand before the point; zero or less for fractions. */
function magnitude(value: Decimal): number {
  return abs(value.units).toString().length - value.scale
}

function unitsAt(value: Decimal, scale: number): bigint {
  return value.scale === scale ? value.units : value.units * power(scale - value.scale)
}

function power(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent)
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}
