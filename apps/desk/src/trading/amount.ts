import * as decimal from '../domain/decimal.ts'
import { DeskError } from '../domain/desk-error.ts'

/** More than this of anything is a mistake; and the sums of what is less fit into 40 digits. */
const LARGEST = decimal.parse('1000000000000000000')

/**
 * An amount that somebody asks for, as canonical decimal text.
 *
 * @throws DeskError AMOUNT_INVALID for what is no decimal, not above zero, finer than `decimals` digits or too large
 */
export function readAmount(text: string, decimals: number): string {
  const amount = readDecimal(text)
  if (decimal.sign(amount) <= 0) throw invalidAmount(`must be above zero, not ${decimal.format(amount)}`)
  // Zeros at the end are no digits that count.
  const exact = decimal.parse(decimal.format(amount))
  if (exact.scale > decimals)
    throw invalidAmount(`has ${exact.scale} digits after the point, at most ${decimals} are possible`)
  if (decimal.compare(exact, LARGEST) > 0) throw invalidAmount(`must be at most ${decimal.format(LARGEST)}`)
  return decimal.format(exact)
}

function readDecimal(text: string): decimal.Decimal {
  try {
    return decimal.parse(text)
  } catch (error) {
    if (!(error instanceof decimal.DecimalError)) throw error
    const shown = typeof text === 'string' ? JSON.stringify(text.slice(0, 60)) : typeof text
    throw invalidAmount(
      `must be a decimal as text, such as '12.5', with at most ${decimal.MAX_DIGITS} digits, not ${shown}`,
    )
  }
}

/** A refusal that another amount may get around: its message is the amount's, too. */
export function refusedAmount(
  code:
    | 'AMOUNT_INVALID'
    | 'PURCHASE_LIMIT'
    | 'INSUFFICIENT_BALANCE'
    | 'BALANCE_BELOW_MINIMUM'
    | 'PRICE_IMPACT_TOO_HIGH',
  message: string,
): DeskError {
  return new DeskError(code, message, { errors: [{ field: 'amount', message }] })
}

/** The message names the field, for whoever reads no `errors`. @returns AMOUNT_INVALID */
export function invalidAmount(problem: string): DeskError {
  return new DeskError('AMOUNT_INVALID', `amount: ${problem}.`, {
    errors: [{ field: 'amount', message: problem }],
  })
}
