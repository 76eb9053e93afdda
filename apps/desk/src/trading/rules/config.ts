import { z } from 'zod'
import { AddressError, CHAINS, normaliseAddress } from '../../domain/chains.ts'
import { Percent } from './notation.ts'
import { Limits } from './purchase-limits.ts'

// How an agent trades. Every field has a default, so that `TradingConfig.parse({})` is a complete config. What each
// field may hold by itself is said here; what fields may not say together, or not mean, is in contradictions.ts.

/** What a signal may ask for. */
export const SIGNAL_TYPES = ['buy'] as const

const ListedAsset = z
  .strictObject({ chain: z.enum(CHAINS), asset: z.string().max(60) })
  .superRefine(({ chain, asset }, context) => {
    try {
      normaliseAddress(chain, asset)
    } catch (error) {
      if (!(error instanceof AddressError)) throw error
      context.addIssue({ code: 'custom', path: ['asset'], message: error.message, continue: false })
    }
  })
  // One asset, one spelling: lists are compared with normalised addresses.
  .overwrite(({ chain, asset }) => ({ chain, asset: normaliseAddress(chain, asset) }))

const AssetList = z.array(ListedAsset).max(500).default([])

/** Bounds on a figure of the market; null means none. */
const Range = z.strictObject({
  min: z.number().min(0).nullable().default(null),
  max: z.number().min(0).nullable().default(null),
})

const Purchase = z.strictObject({
  maxOpenPositions: z.int().min(1).max(25).default(25),
  /** How much worse than the reference price a purchase may be executed, in basis points: 500 is 5 %. */
  maxSlippageBps: z.int().min(1).max(5_000).default(500),
  /** The largest share of a purchase that may be lost by moving the price. */
  maxPriceImpactPercent: Percent.default('5'),
  /** By the currency that is paid with. */
  limits: Limits.prefault({}),
})

const Signals = z.strictObject({
  /** Strengths go from 1 to 5. */
  minScore: z.int().min(1).max(5).default(1),
  /** Empty: every type. */
  allowedTypes: z.array(z.enum(SIGNAL_TYPES)).max(10).default([]),
  /** When not empty, these alone are bought. */
  whitelist: AssetList,
  /** Never bought. */
  blacklist: AssetList,
  marketCapUsd: Range.prefault({}),
  liquidityUsd: Range.prefault({}),
  holders: Range.prefault({}),
})

const StopLoss = z.strictObject({
  enabled: z.boolean().default(true),
  mode: z.enum(['fixed', 'exponential', 'zones', 'custom']).default('fixed'),
  /** Where the stop is before it trails, from the entry price. */
  initialPercent: Percent.default('-32'),
  /** The gain of the peak from which the stop trails; `custom` levels say so themselves. */
  trailFromPercent: Percent.default('20'),
  /** The stop is this many percentage points below the gain of the peak. */
  fixed: z.strictObject({ distancePercent: Percent.default('10') }).prefault({}),
  /** The share of the peak's gain that is kept grows with it: half of what is left to `keepTo` per `halving`. */
  exponential: z
    .strictObject({
      keepFromPercent: Percent.default('50'),
      keepToPercent: Percent.default('90'),
      halvingPercent: Percent.default('50'),
    })
    .prefault({}),
  /** The share of the peak's gain that is kept, by zones of that gain; `upToPercent` null is the last zone. */
  zones: z
    .array(z.strictObject({ upToPercent: Percent.nullable(), keepPercent: Percent }))
    .min(1)
    .max(20)
    .default([
      { upToPercent: '25', keepPercent: '50' },
      { upToPercent: '50', keepPercent: '60' },
      { upToPercent: '100', keepPercent: '70' },
      { upToPercent: '200', keepPercent: '80' },
      { upToPercent: null, keepPercent: '85' },
    ]),
  /** Once the peak's gain reached `gainPercent`, the stop is at `stopPercent` of the entry. */
  custom: z
    .array(z.strictObject({ gainPercent: Percent, stopPercent: Percent }))
    .max(20)
    .default([]),
})

const TakeProfit = z.strictObject({
  enabled: z.boolean().default(true),
  /** At this gain, this share of all that was bought is sold. Positions remember levels by their place here. */
  levels: z
    .array(z.strictObject({ gainPercent: Percent, sellPercent: Percent }))
    .max(20)
    .default([
      { gainPercent: '50', sellPercent: '25' },
      { gainPercent: '150', sellPercent: '25' },
      { gainPercent: '300', sellPercent: '25' },
      { gainPercent: '400', sellPercent: '15' },
    ]),
  /** From this gain on, this share of all that was bought is kept out of profit taking; only a stop loss sells it. */
  moonbag: z
    .strictObject({
      enabled: z.boolean().default(true),
      triggerPercent: Percent.default('300'),
      retainPercent: Percent.default('10'),
    })
    .prefault({}),
})

/** Closes what goes nowhere: held this long and still within these gains. */
const Stale = z.strictObject({
  enabled: z.boolean().default(true),
  afterMinutes: z.int().min(1).max(527_040).default(60),
  minGainPercent: Percent.default('1'),
  maxGainPercent: Percent.default('10'),
})

/** A purchase of the position's own falling price. */
const DcaLevel = z.strictObject({
  /** From the average entry price, below zero. */
  dropPercent: Percent,
  /** Of what the first purchase cost. */
  buyPercent: Percent,
})

const Dca = z.strictObject({
  template: z.enum(['off', 'conservative', 'moderate', 'aggressive', 'custom']).default('off'),
  /** For `custom`: one purchase each, in this order. */
  levels: z.array(DcaLevel).max(10).default([]),
  /** Least time between two purchases. */
  cooldownSeconds: z.int().min(0).max(86_400).default(30),
})

/** How an agent trades. All percentages are percentage points as decimal text. */
export const TradingConfig = z.strictObject({
  purchase: Purchase.prefault({}),
  signals: Signals.prefault({}),
  stopLoss: StopLoss.prefault({}),
  takeProfit: TakeProfit.prefault({}),
  stale: Stale.prefault({}),
  dca: Dca.prefault({}),
})

/** How an agent trades. */
export type TradingConfig = z.infer<typeof TradingConfig>

/** One purchase of a falling position. */
export type DcaLevel = z.infer<typeof DcaLevel>

const DCA_TEMPLATES: Readonly<Record<'conservative' | 'moderate' | 'aggressive', readonly DcaLevel[]>> = {
  conservative: [{ dropPercent: '-20', buyPercent: '100' }],
  moderate: Array.from({ length: 2 }, () => ({ dropPercent: '-20', buyPercent: '75' })),
  aggressive: Array.from({ length: 3 }, () => ({ dropPercent: '-10', buyPercent: '100' })),
}

/** The purchases that a DCA config stands for, in their order. */
export function dcaLevels({ template, levels }: TradingConfig['dca']): readonly DcaLevel[] {
  if (template === 'off') return []
  return template === 'custom' ? levels : DCA_TEMPLATES[template]
}
