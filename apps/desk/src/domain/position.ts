import { z } from 'zod'

/** What an agent holds of an asset, and how it came to it. Amounts and prices are canonical decimal text. */
export const Position = z.object({
  id: z.string(),
  userId: z.string(),
  agentId: z.string(),
  wallet: z.string(),
  chain: z.string(),
  asset: z.string(),
  symbol: z.string(),
  quote: z.string(),
  /** Digits after the point of an amount of the asset. */
  decimals: z.number(),
  /** Digits after the point of an amount of the quote. */
  quoteDecimals: z.number(),
  status: z.enum(['open', 'closed']),
  /** What is left. */
  amount: z.string(),
  /** All that was ever bought. */
  bought: z.string(),
  /** What `amount` cost, fees included. Falls with each sell in proportion, so that it is zero at the end. */
  cost: z.string(),
  /** The average price of what was bought, without fees. */
  entryPrice: z.string(),
  peakPrice: z.string(),
  lowPrice: z.string(),
  /** Profit or loss of its sells so far, fees included. */
  realised: z.string(),
  dcaCount: z.number(),
  lastDcaAtMs: z.number().nullable(),
  /** Take-profit levels that were taken. */
  levelsHit: z.array(z.number()),
  moonbag: z.boolean(),
  /** Grows by one with each change of amount. */
  version: z.number(),
  openedAtMs: z.number(),
  closedAtMs: z.number().nullable(),
  closeReason: z.string().nullable(),
})

/** What an agent holds of an asset, and how it came to it. */
export type Position = z.infer<typeof Position>
