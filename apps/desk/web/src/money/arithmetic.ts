/**
 * Exact arithmetic on decimal strings, for amounts that move with the price between two answers of the desk. The desk
 * has the last word on every amount; this follows its rules so that both say the same. What is not a decimal makes
 * the result null: a screen then shows a dash, never a wrong amount.
 */
import { unitsOf } from '../format/decimal.ts'

/** `units / 10 ** places` as the shortest decimal: no zeros at the end, no minus before zero. */
function written(units: bigint, places: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0')
  const integer = digits.slice(0, digits.length - places)
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  return `${units < 0n ? '-' : ''}${integer}${fraction && `.${fraction}`}`
}

/** The sum of all terms; of none it is 0. */
export function add(...terms: readonly (string | null)[]): string | null {
  let sum = { units: 0n, places: 0 }
  for (const term of terms) {
    const value = term === null ? null : unitsOf(term)
    if (!value) return null
    const places = Math.max(sum.places, value.places)
    sum = { units: raised(sum, places) + raised(value, places), places }
  }
  return written(sum.units, sum.places)
}

/** `left − right`. */
export function subtract(left: string | null, right: string | null): string | null {
  return add(left, right === null ? null : negated(right))
}

/** The product, exact, or cut to `places`: the desk rounds what something is worth down. */
export function multiply(left: string, right: string, places?: number): string | null {
  const [a, b] = [unitsOf(left), unitsOf(right)]
  if (!a || !b) return null
  const product = { units: a.units * b.units, places: a.places + b.places }
  if (places === undefined || product.places <= places) return written(product.units, product.places)
  return written(product.units / 10n ** BigInt(product.places - places), places)
}

/** `part` of `whole` in percent, rounded down (towards minus infinity) to `places`; null when there is no whole. */
export function percentOf(part: string | null, whole: string | null, places: number): string | null {
  const [a, b] = [part === null ? null : unitsOf(part), whole === null ? null : unitsOf(whole)]
  if (!a || !b || b.units === 0n) return null
  const dividend = a.units * 10n ** BigInt(b.places + places + 2)
  const divisor = b.units * 10n ** BigInt(a.places)
  return written(floored(divisor < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor), places)
}

/** `percent` of an amount, cut (never rounded up) to `places`: what may be spent or sold. */
export function shareOf(amount: string, percent: bigint, places: number): string | null {
  const value = unitsOf(amount)
  if (!value) return null
  const units = value.units * percent * 10n ** BigInt(places)
  return written(units / (100n * 10n ** BigInt(value.places)), places)
}

function negated(text: string): string {
  return text.startsWith('-') ? text.slice(1) : `-${text}`
}

function raised({ units, places }: { units: bigint; places: number }, to: number): bigint {
  return units * 10n ** BigInt(to - places)
}

/** Divides by a positive divisor, towards minus infinity. */
function floored(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
}
