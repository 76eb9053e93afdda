import { integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { asset, chain } from './columns.ts'

/** What can be traded: a chain and a normalised address, or the symbol of a pair on an exchange. */
export const assets = pgTable(
  'assets',
  {
    chain: chain(),
    asset: asset(),
    symbol: text('symbol').notNull(),
    name: text('name').notNull(),
    decimals: integer('decimals').notNull(),
    quote: text('quote').notNull(),
    priceDecimals: integer('price_decimals').notNull(),
  },
  (table) => [primaryKey({ columns: [table.chain, table.asset] })],
)
