import { z } from 'zod'

/** What the desk says about the price of one asset. Money is decimal text. */
export const Price = z.object({
  price: z.string(),
  /** The venue's time of the trade, ms since 1970 UTC. It says nothing about the age here. */
  eventTime: z.number(),
  /** Counts the trades of this asset: grows by one with each. */
  seq: z.number().int(),
  /** Change against the price 24 hours of event time before, in percent, with its sign; null while unknown. */
  change24h: z.string().nullable(),
})

/** The last price of one asset. */
export type Price = z.infer<typeof Price>
