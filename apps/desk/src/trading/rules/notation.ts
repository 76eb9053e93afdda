import { z } from 'zod'

/**
 * A percentage in percentage points: `'-32'` is minus 32 percent, and a ratio is never meant. As text, because it is
 * multiplied with money. The bounds on its digits keep every product within what a decimal can hold.
 */
export const Percent = z
  .string()
  .regex(/^-?(?:0|[1-9]\d{0,6})(?:\.\d{1,6})?$/, "must be a percentage as text, such as '12.5' or '-32'")

/** Money of one currency, as text, not negative. */
export const Money = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,14})(?:\.\d{1,18})?$/, "must be an amount as text, such as '0.5'")
