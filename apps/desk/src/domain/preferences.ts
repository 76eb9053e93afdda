import { z } from 'zod'

/** How a user wants the desk to be. */
export const Preferences = z.object({
  theme: z.enum(['system', 'dark', 'light']),
  chart: z.object({
    interval: z.enum(['1m', '5m', '15m', '1h', '4h', '1d']),
    showVolume: z.boolean(),
  }),
  /** What orders begin with. The limits of an agent's config hold all the same. */
  order: z.object({
    /** Decimal text, in percent. */
    slippagePercent: z.string().regex(/^(?:0|[1-9]\d?)(?:\.\d{1,2})?$/, 'is no percentage from 0 to 99.99'),
    confirm: z.boolean(),
  }),
  alerts: z.object({ fills: z.boolean(), exits: z.boolean(), outages: z.boolean() }),
  leaderboard: z.object({
    /** Others see the names of this user's agents. */
    showNames: z.boolean(),
  }),
  /** Assets that stand first, as chain:asset. */
  pinned: z.array(z.string().min(1).max(160)).max(50),
})

/** How a user wants the desk to be. */
export type Preferences = z.infer<typeof Preferences>

/** For whoever has not said otherwise. */
export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  chart: { interval: '1m', showVolume: true },
  order: { slippagePercent: '1', confirm: true },
  alerts: { fills: true, exits: true, outages: false },
  leaderboard: { showNames: false },
  pinned: [],
}
