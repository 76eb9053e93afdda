import { z } from 'zod'

/** What a wallet holds of one asset or currency. Amounts are canonical decimal text. */
export const Balance = z.object({
  chain: z.string(),
  wallet: z.string(),
  /** A normalised address, or the symbol of a currency: 'USDC'. */
  asset: z.string(),
  symbol: z.string(),
  amount: z.string(),
  /** What can be spent: `amount − reserved`. */
  available: z.string(),
  /** Set aside for orders under way. */
  reserved: z.string(),
})

/** What a wallet holds of one asset or currency. */
export type Balance = z.infer<typeof Balance>

/** What of an agent does not depend on prices. Amounts are canonical decimal text. */
export const Holdings = z.object({
  cash: z.array(
    z.object({
      chain: z.string(),
      currency: z.string(),
      /** Reserved money included: it is spent when its order is executed. */
      amount: z.string(),
      /** All that was deposited. */
      deposited: z.string(),
      /** Profit or loss of all sells so far, fees included. */
      realised: z.string(),
    }),
  ),
  positions: z.array(
    z.object({
      chain: z.string(),
      asset: z.string(),
      quote: z.string(),
      amount: z.string(),
      /** What the amount cost, fees included. */
      cost: z.string(),
    }),
  ),
})

/** What of an agent does not depend on prices. */
export type Holdings = z.infer<typeof Holdings>
