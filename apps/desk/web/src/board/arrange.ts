import type { Asset, Tier } from '../api/shapes.ts'
import { compareDecimal } from '../format/decimal.ts'
import type { LivePrice } from '../market/prices.ts'

/** The columns that the board can be ordered by. */
export type SortColumn = 'symbol' | 'chain' | 'price' | 'change' | 'age' | 'tier'

/** An order of the board; null is the desk's own order. */
export type Sort = { readonly column: SortColumn; readonly direction: 'ascending' | 'descending' } | null

/** How somebody arranged the board. */
export interface Arrangement {
  readonly filter: BoardFilter
  readonly sort: Sort
}

/** The board as the desk sends it. */
export const UNARRANGED: Arrangement = { filter: { text: '', chain: '' }, sort: null }

/** What the board is narrowed to. An empty chain means all. */
export interface BoardFilter {
  readonly text: string
  readonly chain: string
}

const TIER_ORDER: Readonly<Record<Tier, number>> = { l1: 0, l2: 1, source: 2 }

/** Columns whose order changes as the market moves. */
export function isLiveColumn(column: SortColumn): boolean {
  return column !== 'symbol' && column !== 'chain'
}

/** Clicking a column goes from ascending to descending to the desk's own order. */
export function nextSort(current: Sort, column: SortColumn): Sort {
  if (current?.column !== column) return { column, direction: 'ascending' }
  return current.direction === 'ascending' ? { column, direction: 'descending' } : null
}

/** The assets whose symbol or name contains the text, or whose address starts with it. */
export function filterAssets(assets: readonly Asset[], { text, chain }: BoardFilter): readonly Asset[] {
  const wanted = text.trim().toLowerCase()
  return assets.filter(
    (asset) =>
      (!chain || asset.chain === chain) &&
      (`${asset.symbol}\n${asset.name}`.toLowerCase().includes(wanted) ||
        asset.asset.toLowerCase().startsWith(wanted)),
  )
}

/** Orders by a column. Assets without a value come last in both directions; ties keep the desk's order. */
export function sortAssets(
  assets: readonly Asset[],
  sort: Sort,
  priceOf: (asset: Asset) => LivePrice | null,
  ageOf: (live: LivePrice) => number,
): readonly Asset[] {
  if (!sort) return assets
  const sign = sort.direction === 'ascending' ? 1 : -1
  const byText = (left: string, right: string): number => left.localeCompare(right, 'en')
  return assets.toSorted((left, right) => {
    if (sort.column === 'symbol') return sign * byText(left.symbol, right.symbol)
    if (sort.column === 'chain') return sign * byText(left.chain, right.chain)
    const [a, b] = [priceOf(left), priceOf(right)]
    if (!a || !b) return Number(!a) - Number(!b)
    switch (sort.column) {
      case 'price':
        return sign * compareDecimal(a.price.price, b.price.price)
      case 'age':
        return sign * (ageOf(a) - ageOf(b))
      case 'tier':
        return sign * (TIER_ORDER[a.price.tier] - TIER_ORDER[b.price.tier])
      case 'change': {
        const [from, to] = [a.price.change24h, b.price.change24h]
        if (from === null || to === null) return Number(from === null) - Number(to === null)
        return sign * compareDecimal(from, to)
      }
    }
  })
}
