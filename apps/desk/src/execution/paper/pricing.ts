/**
 * What an order on paper is filled at: a pure function of the order, so that a preview equals its execution and the
 * same run gives the same trades.
 *
 * The market is a pool: an order of the value x against a depth of D loses the share x / (x + D) to the price it moves.
 * On top comes a slippage of 0 to 20 basis points, drawn from asset, tick, side and size, and a fee of 10.
 *
 * Invariant: every rounding is against the trader. At the reference price what a buy brings is worth no more than what
 * it cost, and what a sell brings is no more than what it gave: no order and no splitting of orders makes money.
 */
import { createHash } from 'node:crypto'
import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { Side } from '../../domain/trade.ts'

/** An order with the market that it meets. Amounts and prices are decimal text. */
export interface PaperOrder {
  readonly side: Side
  readonly chain: string
  readonly asset: string
  /** Buy: what to spend, fee included, in the quote. Sell: how much of the asset. */
  readonly amount: string
  /** The tick that the order is judged by. */
  readonly reference: { readonly price: string; readonly seq: number }
  /** The depth of the market, in the quote (see `defaultDepth`). */
  readonly depth: string
  /** Digits after the point of an amount of the asset. */
  readonly decimals: number
  /** Digits after the point of an amount of the quote. */
  readonly quoteDecimals: number
  /** Refused when the price would be worse than the reference by more. Undefined: any price will do. */
  readonly maxSlippageBps?: number | undefined
}

/** What an order gives. All numbers are canonical decimal text unless they are basis points. */
export interface PaperFill {
  readonly state: 'filled'
  /** To 12 digits that count; price impact and slippage included. */
  readonly price: string
  readonly baseAmount: string
  /** Without the fee: a buy costs `quoteAmount + fee`, a sell brings `quoteAmount − fee`. */
  readonly quoteAmount: string
  readonly fee: string
  /** How much worse `price` is than the reference, price impact included; rounded up. */
  readonly slippageBps: number
  /** A share, rounded up: `'0.01'` is one percent. */
  readonly priceImpact: string
}

/** Why an order cannot be filled. Nothing moves. */
export interface PaperRejection {
  readonly state: 'rejected'
  /** `AMOUNT_TOO_SMALL`: one side of the trade would be nothing, the fee taken off. */
  readonly code: 'SLIPPAGE_EXCEEDED' | 'AMOUNT_TOO_SMALL'
  readonly reason: string
}

/** The fee, in basis points of the quote that is traded. */
export const FEE_BPS = 10
/** The most that is drawn, in basis points. */
export const MOST_DRAWN_BPS = 20

const PRICE_DIGITS = 12
const IMPACT_SCALE = 8
const TEN_THOUSAND = whole(10_000)

/**
 * The fill of an order, or why there is none.
 *
 * @throws DecimalError when amount, price or depth is no decimal above zero, naming the field.
 */
export function fillOnPaper(order: PaperOrder): PaperFill | PaperRejection {
  const amount = positive(order.amount, 'amount')
  const reference = positive(order.reference.price, 'reference.price')
  const depth = positive(order.depth, 'depth')
  const drawn = whole(drawnBps(order))
  const fill =
    order.side === 'buy'
      ? buy(order, amount, reference, depth, drawn)
      : sell(order, amount, reference, depth, drawn)

  const { base, quote, fee, price } = fill
  // A buy gets nothing, or a sell brings nothing once its fee is paid.
  const gets = order.side === 'buy' ? base : decimal.subtract(quote, fee)
  if (decimal.sign(gets) <= 0) {
    return rejected('AMOUNT_TOO_SMALL', `${order.amount} is too little to ${order.side} at this price`)
  }
  const slippageBps = worseByBps(reference, price)
  if (order.maxSlippageBps !== undefined && slippageBps > order.maxSlippageBps) {
    const allowed = `${slippageBps} basis points worse than ${decimal.format(reference)}, allowed are ${order.maxSlippageBps}`
    return rejected('SLIPPAGE_EXCEEDED', `the price would be ${allowed}`)
  }
  return {
    state: 'filled',
    price: decimal.format(price),
    baseAmount: decimal.format(base),
    quoteAmount: decimal.format(quote),
    fee: decimal.format(fee),
    slippageBps,
    priceImpact: decimal.format(fill.impact),
  }
}

interface Fill {
  readonly base: Decimal
  readonly quote: Decimal
  readonly fee: Decimal
  readonly price: Decimal
  readonly impact: Decimal
}

function buy(
  { decimals, quoteDecimals }: PaperOrder,
  budget: Decimal,
  reference: Decimal,
  depth: Decimal,
  drawn: Decimal,
): Fill {
  const quote = withoutFee(budget, quoteDecimals)
  const deepened = decimal.add(quote, depth)
  const price = decimal.ratioToDigits(
    [reference, decimal.add(TEN_THOUSAND, drawn), deepened],
    [TEN_THOUSAND, depth],
    PRICE_DIGITS,
    'up',
  )
  return {
    base: decimal.divide(quote, price, decimals, 'down'),
    quote,
    fee: decimal.subtract(budget, quote),
    price,
    impact: impactOf(quote, depth),
  }
}

function sell(
  { quoteDecimals }: PaperOrder,
  base: Decimal,
  reference: Decimal,
  depth: Decimal,
  drawn: Decimal,
): Fill {
  const value = decimal.multiply(base, reference, quoteDecimals, 'up')
  const price = decimal.ratioToDigits(
    [reference, decimal.subtract(TEN_THOUSAND, drawn), depth],
    [TEN_THOUSAND, decimal.add(value, depth)],
    PRICE_DIGITS,
    'down',
  )
  const quote = decimal.multiply(base, price, quoteDecimals, 'down')
  return {
    base,
    quote,
    fee: decimal.ratio([quote, whole(FEE_BPS)], [TEN_THOUSAND], quoteDecimals, 'up'),
    price,
    impact: impactOf(value, depth),
  }
}

/** The part of a budget that is traded when the rest of it pays the fee. The budget is used up to the last digit. */
function withoutFee(budget: Decimal, quoteDecimals: number): Decimal {
  return decimal.ratio([budget, TEN_THOUSAND], [whole(10_000 + FEE_BPS)], quoteDecimals, 'down')
}

function impactOf(value: Decimal, depth: Decimal): Decimal {
  return decimal.ratio([value], [decimal.add(value, depth)], IMPACT_SCALE, 'up')
}

function worseByBps(reference: Decimal, price: Decimal): number {
  const apart = decimal.subtract(price, reference)
  return Math.abs(Number(decimal.ratio([apart, TEN_THOUSAND], [reference], 0, 'up').units))
}

/** The same order in the same tick always draws the same. */
function drawnBps({ side, chain, asset, amount, reference }: PaperOrder): number {
  const order = JSON.stringify([chain, asset, reference.seq, side, decimal.canonical(amount)])
  return createHash('sha256').update(order).digest().readUInt32BE(0) % (MOST_DRAWN_BPS + 1)
}

function positive(text: string, field: string): Decimal {
  const value = decimal.parse(text, field)
  if (decimal.sign(value) > 0) return value
  throw new decimal.DecimalError('DECIMAL_INVALID', `${field}: ${text} is not above zero`)
}

function whole(count: number): Decimal {
  return { units: BigInt(count), scale: 0 }
}

function rejected(code: PaperRejection['code'], reason: string): PaperRejection {
  return { state: 'rejected', code, reason }
}
