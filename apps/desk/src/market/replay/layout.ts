/**
 * The three layouts of the exchange's public dumps, https://github.com/binance/binance-public-data. Spot files come
 * without a header, futures files with one.
 */

import * as decimal from '../../domain/decimal.ts'
import { DecimalError } from '../../domain/decimal.ts'

/** The names that `--layout` takes. */
export const LAYOUT_NAMES = ['aggTrades', 'trades', 'klines'] as const

/** The name of a layout. */
export type LayoutName = (typeof LAYOUT_NAMES)[number]

/** A line cannot be read. The message is the reason, without the place. */
export class MalformedLineError extends Error {
  override readonly name = 'MalformedLineError'
}

/** What one line tells, in the file's own unit of time. */
export interface DumpTrade {
  readonly price: string
  readonly quantity: string | null
  /** ms or µs since 1970 UTC: the file decides. */
  readonly time: number
  readonly id: string | null
}

/** One layout. */
export interface Layout {
  readonly name: LayoutName
  /** The names of its columns. Of the later `optional` ones, any number may be missing. */
  readonly columns: readonly string[]
  readonly optional: number
  /**
   * The trades of a line that has the right number of columns, in order.
   *
   * @throws MalformedLineError
   */
  trades(fields: readonly string[]): readonly DumpTrade[]
}

const aggTrades: Layout = {
  name: 'aggTrades',
  columns: [
    'agg_trade_id',
    'price',
    'quantity',
    'first_trade_id',
    'last_trade_id',
    'transact_time',
    'is_buyer_maker',
    'is_best_match',
  ],
  optional: 1,
  trades([id = '', price = '', quantity = '', , , time = '', buyerIsMaker = '']) {
    requireFlag(buyerIsMaker, 'is_buyer_maker')
    return [trade(id, price, quantity, wholeNumber(time, 'transact_time'))]
  },
}

const trades: Layout = {
  name: 'trades',
  columns: ['id', 'price', 'qty', 'quote_qty', 'time', 'is_buyer_maker', 'is_best_match'],
  optional: 1,
  trades([id = '', price = '', quantity = '', , time = '', buyerIsMaker = '']) {
    requireFlag(buyerIsMaker, 'is_buyer_maker')
    return [trade(id, price, quantity, wholeNumber(time, 'time'))]
  },
}

/**
 * A bar becomes four ticks: its open at the open time, its two extremes after a third and two thirds of the bar, its
 * close at the close time. A bar that rose saw its low first, one that fell its high. The volume is on the close.
 * Nobody traded in a bar without volume: it becomes no tick.
 */
const klines: Layout = {
  name: 'klines',
  columns: [
    'open_time',
    'open',
    'high',
    'low',
    'close',
    'volume',
    'close_time',
    'quote_volume',
    'count',
    'taker_buy_volume',
    'taker_buy_quote_volume',
    'ignore',
  ],
  optional: 0,
  trades(fields) {
    const bar = readBar(fields)
    if (bar.volume === '0') return []
    const thirdOfBar = (bar.closeTime - bar.openTime) / 3
    const [first, second] = bar.rose ? [bar.low, bar.high] : [bar.high, bar.low]
    return [
      { price: bar.open, quantity: null, time: bar.openTime, id: null },
      { price: first, quantity: null, time: bar.openTime + Math.floor(thirdOfBar), id: null },
      { price: second, quantity: null, time: bar.openTime + Math.floor(2 * thirdOfBar), id: null },
      { price: bar.close, quantity: bar.volume, time: bar.closeTime, id: null },
    ]
  },
}

/** The layout of each name. */
export const LAYOUTS: Readonly<Record<LayoutName, Layout>> = { aggTrades, trades, klines }

/** The fields of a line. @throws MalformedLineError when their number is wrong. */
export function splitLine(line: string, layout: Layout): string[] {
  const fields = line.split(',')
  const most = layout.columns.length
  const least = most - layout.optional
  if (fields.length >= least && fields.length <= most) return fields
  const expected = least === most ? `${most}` : `${least} or ${most}`
  throw new MalformedLineError(`${fields.length} columns where ${layout.name} has ${expected}`)
}

function trade(id: string, price: string, quantity: string, time: number): DumpTrade {
  wholeNumber(id, 'id')
  return { price: positive(price, 'price'), quantity: notNegative(quantity, 'quantity'), time, id }
}

function readBar([openTime = '', o = '', h = '', l = '', c = '', v = '', closeTime = '']: readonly string[]) {
  const bar = {
    openTime: wholeNumber(openTime, 'open_time'),
    closeTime: wholeNumber(closeTime, 'close_time'),
    open: positive(o, 'open'),
    high: positive(h, 'high'),
    low: positive(l, 'low'),
    close: positive(c, 'close'),
    volume: notNegative(v, 'volume'),
  }
  if (bar.closeTime < bar.openTime) throw new MalformedLineError('close_time is before open_time')
  const open = decimal.parse(bar.open)
  const close = decimal.parse(bar.close)
  for (const price of [open, close]) {
    if (
      decimal.compare(price, decimal.parse(bar.low)) < 0 ||
      decimal.compare(price, decimal.parse(bar.high)) > 0
    ) {
      throw new MalformedLineError('open and close do not lie between low and high')
    }
  }
  return { ...bar, rose: decimal.compare(close, open) >= 0 }
}

function positive(text: string, column: string): string {
  const value = notNegative(text, column)
  if (value === '0') throw new MalformedLineError(`${column}: zero`)
  return value
}

function notNegative(text: string, column: string): string {
  try {
    const value = decimal.canonical(text, column)
    if (!value.startsWith('-')) return value
  } catch (error) {
    if (error instanceof DecimalError) throw new MalformedLineError(error.message)
    throw error
  }
  throw new MalformedLineError(`${column}: ${text} is below zero`)
}

/** Exact as a JavaScript number: enough for every time in µs until the year 2255. */
function wholeNumber(text: string, column: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new MalformedLineError(
    `${column}: ${JSON.stringify(text.slice(0, 40))} is no whole number below 2^53`,
  )
}

function requireFlag(text: string, column: string): void {
  switch (text) {
    case 'true':
    case 'True':
    case 'TRUE':
    case 'false':
    case 'False':
    case 'FALSE':
      return
    default:
      throw new MalformedLineError(
        `${column}: ${JSON.stringify(text.slice(0, 40))} is neither true nor false`,
      )
  }
}
