import type { Tier } from 'holdfast'
import { z } from 'zod'
import type { Asset } from '../domain/assets.ts'
import { parseChain, normaliseAddress } from '../domain/chains.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import { Price } from './price.ts'
import type { PriceSource } from './price-source.ts'

const TIERS = ['l1', 'l2', 'source'] as const satisfies readonly Tier[]

/** A price as the API and the stream show it, with its provenance. */
export const PriceView = z
  .object({
    chain: z.string(),
    asset: z.string(),
    symbol: z.string(),
    quote: z.string(),
    ...Price.shape,
    /** Milliseconds since the tick was received. */
    ageMs: z.number(),
    tier: z.enum(TIERS),
    stale: z.boolean(),
  })
  .meta({ id: 'Price', description: 'The last traded price of one asset, and how it was obtained.' })

/** A price with its provenance. */
export type PriceView = z.infer<typeof PriceView>

/** Screens call a price stale that trades would refuse. */
const STALE_AFTER_MS = 30_000

/**
 * What is traded here, by chain and symbol: what this desk's own source feeds. The list in the database also has the
 * assets of earlier runs, and of other desks on it, whose sources are their own.
 */
export async function tradedAssets(state: DeskState, source: Pick<PriceSource, 'assets'>): Promise<Asset[]> {
  const fed = new Set(source.assets.map(({ chain, asset }) => `${chain}:${asset}`))
  return ((await state.assets.get({})) ?? []).filter(({ chain, asset }) => fed.has(`${chain}:${asset}`))
}

/** The prices of what is traded here, or of those that are `wanted`, by chain and symbol. */
export async function allPrices(
  state: DeskState,
  source: Pick<PriceSource, 'assets'>,
  wanted: (asset: Asset) => boolean = () => true,
): Promise<PriceView[]> {
  return pricesOf(state, (await tradedAssets(state, source)).filter(wanted))
}

/** The prices of `assets`, in their order; those without one are left out. */
export async function pricesOf(state: DeskState, assets: readonly Asset[]): Promise<PriceView[]> {
  const readings = await state.price.readMany(assets)
  return readings.flatMap(({ value, ageMs, tier }, index) => {
    const listed = assets[index]
    if (!value || !listed) return []
    const { chain, asset, symbol, quote } = listed
    const stale = ageMs > STALE_AFTER_MS
    return [{ chain, asset, symbol, quote, ...value, ageMs: Math.round(ageMs), tier, stale }]
  })
}

/**
 * The asset that a request means.
 *
 * @throws AddressError for what is no chain or address; DeskError UNKNOWN_ASSET for what is not listed
 */
export async function listedAsset(state: DeskState, chainText: string, address: string): Promise<Asset> {
  const chain = parseChain(chainText)
  const asset = normaliseAddress(chain, address)
  const listed = (await state.assets.get({}))?.find((each) => each.chain === chain && each.asset === asset)
  if (!listed)
    throw new DeskError(
      'UNKNOWN_ASSET',
      `No asset ${asset} is listed on ${chain}. GET /api/v1/assets lists them.`,
    )
  return listed
}
