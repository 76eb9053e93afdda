import { asc, sql } from 'drizzle-orm'
import type { Asset } from '../domain/assets.ts'
import { parseChain } from '../domain/chains.ts'
import type { Database } from './database.ts'
import { assets } from './schema.ts'

/** Makes sure that `listed` are known; what is known of them already is brought up to date. */
export async function saveAssets(db: Database, listed: readonly Asset[]): Promise<void> {
  if (listed.length === 0) return
  const rows = listed.map(({ chain, asset, symbol, name, decimals, quote, priceDecimals }) => {
    return { chain, asset, symbol, name, decimals, quote, priceDecimals }
  })
  await db
    .insert(assets)
    .values(rows)
    .onConflictDoUpdate({
      target: [assets.chain, assets.asset],
      set: {
        symbol: sql`excluded.symbol`,
        name: sql`excluded.name`,
        decimals: sql`excluded.decimals`,
        quote: sql`excluded.quote`,
        priceDecimals: sql`excluded.price_decimals`,
      },
    })
}

/** All assets, by chain and symbol. */
export async function listAssets(db: Database): Promise<Asset[]> {
  const rows = await db.select().from(assets).orderBy(asc(assets.chain), asc(assets.symbol))
  return rows.map((row) => ({ ...row, chain: parseChain(row.chain) }))
}
