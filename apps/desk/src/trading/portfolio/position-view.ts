import type { Immutable } from 'holdfast'
import { z } from 'zod'
import * as decimal from '../../domain/decimal.ts'
import type { Position } from '../../domain/position.ts'
import type { DeskState } from '../../ops/state.ts'
import { TradingConfig } from '../rules/config.ts'
import { stopPrice } from '../rules/evaluate.ts'
import { profitPercent, unrealised, valueOf } from '../rules/profit.ts'
import { prepareRules } from '../rules/watched.ts'

/** A position as the API shows it: what it is, and what it is worth at the last price. Amounts are decimal text. */
export const PositionView = z
  .object({
    id: z.string(),
    chain: z.string(),
    asset: z.string(),
    symbol: z.string(),
    quote: z.string(),
    decimals: z.number(),
    quoteDecimals: z.number(),
    status: z.enum(['open', 'closed']),
    /** What is left. */
    amount: z.string(),
    entryPrice: z.string(),
    /** What the amount cost, fees included. */
    cost: z.string(),
    peakPrice: z.string(),
    /** Where the stop loss sells; null when there is none. */
    stopPrice: z.string().nullable(),
    /** Null, as all that depends on it, while there is no price, and of a closed position. */
    price: z.string().nullable(),
    priceAgeMs: z.number().nullable(),
    value: z.string().nullable(),
    unrealised: z.string().nullable(),
    realised: z.string(),
    /** Open: `unrealised` in percent of `cost`. Closed: `realised` in percent of what was spent. */
    profitPercent: z.string().nullable(),
    openedAt: z.string(),
    closedAt: z.string().nullable(),
    closeReason: z.string().nullable(),
  })
  .meta({ id: 'Position' })

/** A position as the API shows it. */
export type PositionView = z.infer<typeof PositionView>

/** `positions` of one agent, in their order, at the last prices. `config`: the agent's, as it is stored. */
export async function positionViews(
  state: Pick<DeskState, 'price'>,
  positions: readonly Immutable<Position>[],
  config: unknown,
): Promise<PositionView[]> {
  const parsed = TradingConfig.safeParse(config).data
  const rules = parsed && prepareRules(parsed)
  const readings = await state.price.readMany(positions.map(({ chain, asset }) => ({ chain, asset })))
  return positions.map((position, index) => {
    const reading = position.status === 'open' ? readings[index] : undefined
    const stop = position.status === 'open' && rules ? stopPrice(position, rules) : null
    return {
      ...described(position),
      stopPrice: stop,
      ...(reading?.value ? valued(position, reading.value.price, reading.ageMs) : unvalued(position)),
    }
  })
}

type Valuation = Pick<PositionView, 'price' | 'priceAgeMs' | 'value' | 'unrealised' | 'profitPercent'>

function valued(position: Immutable<Position>, price: string, ageMs: number): Valuation {
  const profit = unrealised(position, price)
  return {
    price,
    priceAgeMs: Math.round(ageMs),
    value: valueOf(position.amount, price, position.quoteDecimals),
    unrealised: profit,
    profitPercent: profitPercent(profit, position.cost),
  }
}

function unvalued({ status, realised, bought, entryPrice, quoteDecimals }: Immutable<Position>): Valuation {
  const nothing = { price: null, priceAgeMs: null, value: null, unrealised: null }
  if (status === 'open') return { ...nothing, profitPercent: null }
  return { ...nothing, profitPercent: profitPercent(realised, valueOf(bought, entryPrice, quoteDecimals)) }
}

function described(position: Immutable<Position>): Omit<PositionView, keyof Valuation | 'stopPrice'> {
  const { id, chain, asset, symbol, quote, decimals, quoteDecimals, status } = position
  const { amount, entryPrice, cost, peakPrice, realised, openedAtMs, closedAtMs, closeReason } = position
  return {
    id,
    chain,
    asset,
    symbol,
    quote,
    decimals,
    quoteDecimals,
    status,
    amount,
    entryPrice,
    cost,
    peakPrice,
    realised: decimal.canonical(realised),
    openedAt: iso(openedAtMs),
    closedAt: closedAtMs === null ? null : iso(closedAtMs),
    closeReason,
  }
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
