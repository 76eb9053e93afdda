/**
 * Decimal strings for display, exact to the last digit: money never becomes a JavaScript number on its way to
 * the screen. Anything that is not a plain decimal is shown as a dash, never as `NaN`.
 */

/** What is shown where there is no value. */
export const MISSING = '–'

interface Decimal {
  readonly negative: boolean
  readonly integer: string
  readonly fraction: string
}

/** The text as `units / 10 ** places`; null for what is not a plain decimal. */
export function unitsOf(text: string): { readonly units: bigint; readonly places: number } | null {
  const value = parse(text)
  if (!value) return null
  const units = BigInt(value.integer + value.fraction)
  return { units: value.negative ? -units : units, places: value.fraction.length }
}

const PLAIN = /^([+-]?)(\d{1,80})(?:\.(\d{1,80}))?$/

function parse(text: string): Decimal | null {
  const match = PLAIN.exec(text)
  if (!match) return null
  return { negative: match[1] === '-', integer: match[2] ?? '0', fraction: match[3] ?? '' }
}

/** The number of digits after the point; 0 for what is not a decimal. */
export function fractionDigits(text: string): number {
  return parse(text)?.fraction.length ?? 0
}

/** `63250.1` with 2 places gives `63,250.10`. Zeros are added to reach `minPlaces`; no digit is ever dropped. */
export function formatDecimal(text: string, minPlaces = 0): string {
  const value = parse(text)
  if (!value) return MISSING
  const integer = value.integer.replace(/^0+(?=\d)/, '').replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = value.fraction.padEnd(minPlaces, '0')
  return `${value.negative ? '−' : ''}${integer}${fraction && `.${fraction}`}`
}

/** Rounds half away from zero to `places` digits and formats: `2.345` gives `2.35`. */
export function roundDecimal(text: string, places: number): string {
  const value = parse(text)
  if (!value) return MISSING
  const kept = value.fraction.slice(0, places).padEnd(places, '0')
  const up = (value.fraction[places] ?? '0') >= '5'
  const units = BigInt(value.integer + kept) + (up ? 1n : 0n)
  const digits = units.toString().padStart(places + 1, '0')
  const point = digits.length - places
  const rounded = places ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits
  return formatDecimal(value.negative && units !== 0n ? `-${rounded}` : rounded)
}

/** −1, 0 or 1. What is not a decimal counts as 0. */
export function signOf(text: string): -1 | 0 | 1 {
  const value = parse(text)
  if (!value || !/[1-9]/.test(value.integer + value.fraction)) return 0
  return value.negative ? -1 : 1
}

/** Orders two decimals exactly, as `sort` expects. What is not a decimal counts as 0. */
export function compareDecimal(left: string, right: string): number {
  const places = Math.max(fractionDigits(left), fractionDigits(right))
  const difference = scaled(left, places) - scaled(right, places)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function scaled(text: string, places: number): bigint {
  const value = parse(text)
  if (!value) return 0n
  const units = BigInt(value.integer + value.fraction.padEnd(places, '0'))
  return value.negative ? -units : units
}

/** A signed percentage from a decimal string: `+2.35 %`, `−0.40 %`, or a dash when unknown. */
export function formatChange(percent: string | null): string {
  if (percent === null) return MISSING
  const rounded = roundDecimal(percent, 2)
  if (rounded === MISSING) return MISSING
  return `${changeDirection(percent) > 0 ? '+' : ''}${rounded} %`
}

/** The sign of a change as it is shown: what rounds to zero has none. */
export function changeDirection(percent: string | null): -1 | 0 | 1 {
  return percent === null ? 0 : signOf(roundDecimal(percent, 2).replace('−', '-').replaceAll(',', ''))
}

/** Where `next` starts to differ from `previous`: 0 when their points do not stand in the same place. */
export function changedFrom(previous: string, next: string): number {
  const integerLength = (text: string): number => text.split('.', 1)[0]?.length ?? 0
  if (integerLength(previous) !== integerLength(next)) return 0
  let index = 0
  while (index < next.length && previous[index] === next[index]) index += 1
  return index
}

/** Where the raw character `index` stands after the digits were grouped. */
export function groupedIndex(text: string, index: number): number {
  let position = 0
  for (let seen = 0; position < text.length; position += 1) {
    if (text[position] === ',') continue
    if (seen === index) break
    seen += 1
  }
  return position
}
