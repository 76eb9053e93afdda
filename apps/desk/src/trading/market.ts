import { TooOldError } from 'holdfast'
import type { Asset } from '../domain/assets.ts'
import * as decimal from '../domain/decimal.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { Reference, Side } from '../domain/trade.ts'
import { defaultDepth } from '../execution/paper/depth.ts'
import { fillOnPaper, type PaperFill } from '../execution/paper/pricing.ts'
import type { DeskState } from '../ops/state.ts'
import { invalidAmount } from './amount.ts'

/** The price that an order is judged by. */
export interface Market {
  readonly reference: Reference
  readonly ageMs: number
}

/** Trades are not judged by older prices. */
const FRESH = '30s'

/**
 * The last price of an asset, if it is fresh.
 *
 * @throws DeskError STALE_PRICE, NO_PRICE
 */
export async function marketOf(
  state: Pick<DeskState, 'price'>,
  { chain, asset, symbol }: Asset,
  decided: Reference | undefined,
): Promise<Market> {
  // Whoever decided on a tick has looked at its age, and the order is judged by that tick.
  if (decided) return { reference: decided, ageMs: 0 }
  const reading = await state.price.read({ chain, asset }, { maxAge: FRESH }).catch((error: unknown) => {
    if (!(error instanceof TooOldError)) throw error
    const seconds = Math.round(error.ageMs / 1_000)
    throw new DeskError(
      'STALE_PRICE',
      `The last price of ${symbol} is ${seconds} s old; trades need one of the last 30 s.`,
    )
  })
  if (!reading.value) throw new DeskError('NO_PRICE', `${symbol} has no price yet.`)
  const { price, seq, eventTime } = reading.value
  return { reference: { price, seq, eventTime }, ageMs: reading.ageMs }
}

/** What `estimate` needs of an order. */
export interface Estimated {
  readonly side: Side
  readonly asset: Asset
  readonly quoteDecimals: number
  readonly amount: string
}

/**
 * What an order would be filled at: exact on paper, an estimate of a venue.
 *
 * @throws DeskError AMOUNT_INVALID when it is too little, or too much to count
 */
export function estimate({ side, asset, quoteDecimals, amount }: Estimated, market: Market): PaperFill {
  const { chain, decimals, quote } = asset
  const { reference } = market
  try {
    const fill = fillOnPaper({
      side,
      chain,
      asset: asset.asset,
      amount,
      reference,
      depth: defaultDepth(quote),
      decimals,
      quoteDecimals,
    })
    if (fill.state === 'filled') return fill
    throw invalidAmount(fill.reason)
  } catch (error) {
    if (!(error instanceof decimal.DecimalError)) throw error
    throw invalidAmount(`${amount} is more than can be traded`)
  }
}
