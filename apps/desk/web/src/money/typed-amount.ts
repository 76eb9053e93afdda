import { compareDecimal, formatDecimal, fractionDigits, signOf } from '../format/decimal.ts'

const TYPED = /^(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})$/

/** What somebody typed, as the desk reads it: `.5` is `0.5`, `007.` is `7`. Null for what is no plain decimal. */
export function typedAmount(text: string): string | null {
  const trimmed = text.trim()
  if (!TYPED.test(trimmed)) return null
  const [integer = '', fraction = ''] = trimmed.split('.')
  const whole = integer.replace(/^0+(?=\d)/, '') || '0'
  return fraction ? `${whole}.${fraction}` : whole
}

/**
 * What is wrong with a typed amount, or null. `available` bounds it, `places` is how fine it may be; both are left out
 * where they are not known. The desk checks again and has the last word.
 */
export function amountError(
  text: string,
  limits: {
    readonly unit: string
    readonly available?: string | undefined
    readonly places?: number | undefined
  },
): string | null {
  const { unit, available, places } = limits
  if (text.trim() === '') return `Enter how much ${unit}.`
  const amount = typedAmount(text)
  if (amount === null) return 'Write a plain number such as 12.5.'
  if (signOf(amount) === 0) return 'Enter more than zero.'
  if (places !== undefined && fractionDigits(amount) > places) {
    return places === 0 ? `${unit} has no decimals.` : `${unit} has at most ${places} decimals.`
  }
  if (available !== undefined && compareDecimal(amount, available) > 0) {
    return `Only ${formatDecimal(available)} ${unit} is available.`
  }
  return null
}
