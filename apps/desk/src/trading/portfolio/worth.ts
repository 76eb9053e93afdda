import type { Immutable } from 'holdfast'
import { z } from 'zod'
import type { Holdings } from '../../domain/balance.ts'
import { currencyDecimals } from '../../domain/currencies.ts'
import * as decimal from '../../domain/decimal.ts'
import type { DeskState } from '../../ops/state.ts'
import { profitPercent, valueOf } from '../rules/profit.ts'

/** What an agent is worth in one currency. `profit = realised + unrealised = value − deposits`, to the last digit. */
export const Worth = z.object({
  currency: z.string(),
  cash: z.string(),
  positionsValue: z.string(),
  value: z.string(),
  deposits: z.string(),
  realised: z.string(),
  unrealised: z.string(),
  profit: z.string(),
  /** Of the deposits; null before the first. */
  profitPercent: z.string().nullable(),
  /** Open positions without a price: they count with what they cost. */
  unpriced: z.number(),
})

/** What an agent is worth in one currency. */
export type Worth = z.infer<typeof Worth>

/** What screens show first of several currencies. */
const PREFERRED = 'USDC'

/**
 * What holdings are worth at the last prices, by currency: no rate between currencies is invented. Never empty; the
 * currency that screens show first comes first.
 */
export async function worthOf(
  state: Pick<DeskState, 'price'>,
  holdings: readonly (Immutable<Holdings> | null)[],
): Promise<Worth[][]> {
  const assets = new Map<string, { chain: string; asset: string }>()
  for (const { positions } of holdings.filter((each) => each !== null))
    for (const { chain, asset } of positions) assets.set(`${chain}:${asset}`, { chain, asset })
  const ids = [...assets.values()]
  const prices = await state.price.getMany(ids)
  const priceOf = new Map([...assets.keys()].map((key, index) => [key, prices[index]?.price]))
  return holdings.map((each) =>
    each === null ? [empty(PREFERRED)] : byCurrency(each, (chain, asset) => priceOf.get(`${chain}:${asset}`)),
  )
}

function byCurrency(
  { cash, positions }: Immutable<Holdings>,
  priceOf: (chain: string, asset: string) => string | undefined,
): Worth[] {
  const currencies = new Set([
    ...cash.map(({ currency }) => currency),
    ...positions.map(({ quote }) => quote),
  ])
  if (currencies.size === 0) return [empty(PREFERRED)]
  const sorted = [...currencies].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
  return sorted.map((currency) => {
    const money = cash.filter((each) => each.currency === currency)
    const held = positions.filter(({ quote }) => quote === currency)
    const digits = currencyDecimals(currency)
    const values = held.map(({ chain, asset, amount, cost }) => {
      const price = priceOf(chain, asset)
      return {
        value: price === undefined ? cost : valueOf(amount, price, digits),
        isPriced: price !== undefined,
      }
    })
    const positionsValue = sum(values.map(({ value }) => value))
    const deposits = sum(money.map(({ deposited }) => deposited))
    const inCash = sum(money.map(({ amount }) => amount))
    const value = sum([inCash, positionsValue])
    const profit = minus(value, deposits)
    return {
      currency,
      cash: inCash,
      positionsValue,
      value,
      deposits,
      realised: sum(money.map(({ realised }) => realised)),
      unrealised: minus(positionsValue, sum(held.map(({ cost }) => cost))),
      profit,
      profitPercent: profitPercent(profit, deposits),
      unpriced: values.filter(({ isPriced }) => !isPriced).length,
    }
  })
}

function empty(currency: string): Worth {
  const zero = '0'
  return {
    currency,
    cash: zero,
    positionsValue: zero,
    value: zero,
    deposits: zero,
    realised: zero,
    unrealised: zero,
    profit: zero,
    profitPercent: null,
    unpriced: 0,
  }
}

function rank(currency: string): number {
  return currency === PREFERRED ? 0 : 1
}

function sum(texts: readonly string[]): string {
  return decimal.format(texts.reduce((total, text) => decimal.add(total, decimal.parse(text)), decimal.ZERO))
}

function minus(a: string, b: string): string {
  return decimal.format(decimal.subtract(decimal.parse(a), decimal.parse(b)))
}
