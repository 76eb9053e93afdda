import type { Chain } from './chains.ts'

/** What the desk knows of something that is traded. `chain` and `asset` together are its identity. */
export interface Asset {
  readonly chain: Chain
  /** The normalised address on its chain, or the symbol of the pair on an exchange. */
  readonly asset: string
  readonly symbol: string
  readonly name: string
  /** Digits after the point of an amount. */
  readonly decimals: number
  /** The symbol of what the price counts. */
  readonly quote: string
  /** Digits after the point of a price: 4 means a tick size of 0.0001. */
  readonly priceDecimals: number
}

/** An asset whose price the simulator can invent. */
export interface SimulatedAsset extends Asset {
  /** Decimal text. The live prices of a fresh simulator begin here. */
  readonly startPrice: string
  /** Standard deviation of the logarithm of the price over one year: 0.7 is a calm coin, 2 a wild one. */
  readonly volatility: number
  /** How closely it follows the market of its chain, from 0 (not at all) to 1 (exactly). */
  readonly correlation: number
}

/**
 * The assets of the demo. Addresses are public ones, of Solana's main network and Monad's test network; prices are
 * invented, and nothing is ever sent to these networks by the paper executor.
 */
export const DEMO_ASSETS: readonly SimulatedAsset[] = [
  ...onSolana(
    ['So11111111111111111111111111111111111111112', 'SOL', 'Wrapped SOL', 9, '148.2500', 0.7, 0.95],
    ['JUPyiwrYJFskUPiHa7hkeR8VUtAeFoSYbKedZNsDvCN', 'JUP', 'Jupiter', 6, '0.48210', 1.0, 0.75],
    ['DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263', 'BONK', 'Bonk', 5, '0.0000123400', 1.6, 0.6],
    ['EKpQGSJtjMFqKZ9KQanSqYXRcF8fBopzLHYxdM65zcjm', 'WIF', 'dogwifhat', 6, '0.86400', 1.9, 0.6],
    ['HZ1JovNiVvGrGNiiYvEozEVgZ58xaU3RKwX8eACQBCt3', 'PYTH', 'Pyth Network', 6, '0.13870', 1.0, 0.7],
    ['4k3Dyjzvzp8eMZWUXbBCjEvwSkkk59S5iCNLY3QrkX6R', 'RAY', 'Raydium', 6, '2.41300', 1.1, 0.75],
    ['orcaEKTdK7LKz57vaAYr9QeNsVEPfiu6QeMU1kektZE', 'ORCA', 'Orca', 6, '1.87200', 1.0, 0.7],
    ['jtojtomepa8beP8AuQc6eXt5FriJwfFMwQx2v2f9mCL', 'JTO', 'Jito', 9, '1.64500', 1.1, 0.7],
    ['rndrizKT3MK1iimdxRdWabcF7Zg7AR5T4nud4EkHBof', 'RENDER', 'Render', 8, '3.72900', 0.9, 0.65],
    ['85VBFQZC9TZkfaptBWjvUw7YbZjy52A6mjtPGjstQAmQ', 'W', 'Wormhole', 6, '0.07841', 1.1, 0.65],
    ['7GCihgDB8fe6KNjn2MYtkzZcRjQy3t9GHdC8uHYmW2hr', 'POPCAT', 'Popcat', 9, '0.21380', 2.0, 0.55],
    ['2zMMhcVQEXDtdE6vsFS7S7D5oUodfJHE8vd1gnBouauv', 'PENGU', 'Pudgy Penguins', 6, '0.0158300', 1.7, 0.55],
    ['mSoLzYCxHdYgdzU16g5QSh3i5K3z3KZK7ytfqcJm7So', 'mSOL', 'Marinade staked SOL', 9, '193.4100', 0.7, 0.94],
    ['J1toso1uCk3RLmjorhTtrVwY9HJ7X8V9yYac6Y7kGCPn', 'JitoSOL', 'Jito staked SOL', 9, '181.6600', 0.7, 0.94],
  ),
  ...onMonad(
    ['0x760afe86e5de5fa0ee542fc7b7b713e1c5425701', 'MON', 'Wrapped Monad', 18, '3.25000', 1.2, 0.95],
    ['0xb2f82d0f38dc453d596ad40a37799446cc89274a', 'aprMON', 'aPriori staked MON', 18, '3.31400', 1.2, 0.93],
    ['0x3a98250f98dd388c211206983453837c8365bdc1', 'shMON', 'ShMonad', 18, '3.29700', 1.2, 0.93],
    ['0xaeef2f6b429cb59c9b2d7bb2141ada993e8571c3', 'gMON', 'Magma staked MON', 18, '3.28100', 1.2, 0.93],
    ['0xb5a30b0fdc5ea94a52fdc42e3e9760cb8449fb37', 'WETH', 'Wrapped Ether', 18, '3412.60', 0.6, 0.5],
    ['0xcf5a6076cfa32686c0df13abada2b40dec133f1d', 'WBTC', 'Wrapped Bitcoin', 8, '97240.00', 0.45, 0.5],
    ['0xe0590015a873bf326bd645c3e1266d4db41c4e6b', 'CHOG', 'Chog', 18, '0.00218400', 2.2, 0.6],
    ['0x0f0bdebf0f83cd1ee3974779bcb7315f9808c714', 'DAK', 'Molandak', 18, '0.0147200', 2.0, 0.6],
    ['0xfe140e1dce99be9f4f15d657cd9b7bf622270c50', 'YAKI', 'Moyaki', 18, '0.000087310', 2.3, 0.55],
    ['0x268e4e24e0051ec27b3d27a95977e71ce6875a05', 'BEAN', 'Bean Exchange', 18, '0.06132', 1.5, 0.6],
  ),
]

/** One line of the tables above: the start price is written with as many digits as the asset's prices have. */
type Row = readonly [
  asset: string,
  symbol: string,
  name: string,
  decimals: number,
  startPrice: string,
  volatility: number,
  correlation: number,
]

function onSolana(...rows: readonly Row[]): SimulatedAsset[] {
  return rows.map((row) => demoAsset('solana', row))
}

function onMonad(...rows: readonly Row[]): SimulatedAsset[] {
  return rows.map((row) => demoAsset('monad', row))
}

function demoAsset(chain: Chain, row: Row): SimulatedAsset {
  const [asset, symbol, name, decimals, startPrice, volatility, correlation] = row
  const priceDecimals = startPrice.length - startPrice.indexOf('.') - 1
  return {
    chain,
    asset,
    symbol,
    name,
    decimals,
    quote: 'USDC',
    priceDecimals,
    startPrice,
    volatility,
    correlation,
  }
}
