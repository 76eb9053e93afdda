import type { Asset } from '../../domain/assets.ts'
import { AddressError, normaliseAddress } from '../../domain/chains.ts'
import { ReplayError } from './replay-error.ts'

/** A symbol of the exchange, taken apart: `XRPETH` is XRP, priced in ETH. */
export interface ReplayedPair {
  readonly symbol: string
  readonly base: string
  readonly quote: string
}

/** What the exchange has priced things in. The longest one that a symbol ends with is its quote. */
const QUOTES = [
  'USDT USDC FDUSD TUSD BUSD USDP USDS USD1 UST PAX DAI VAI',
  'BTC ETH BNB SOL XRP TRX DOGE DOT',
  'EUR GBP AUD TRY BRL RUB UAH ZAR NGN JPY PLN RON ARS MXN COP CZK IDR BIDR IDRT BVND BKRW',
]
  .flatMap((group) => group.split(' '))
  .sort((a, b) => b.length - a.length)

/**
 * The pair that a symbol names, in any case. `quote` says where to cut when the list does not know.
 *
 * @throws ReplayError naming `--symbol` or `--quote`
 */
export function parsePair(symbol: string, quote?: string): ReplayedPair {
  const name = normalised(symbol, '--symbol')
  const end = quote === undefined ? knownQuote(name) : normalised(quote, '--quote')
  if (!name.endsWith(end) || name.length === end.length) {
    throw invalid('--quote', `${name} does not end with ${end} after a base asset`)
  }
  return { symbol: name, base: name.slice(0, -end.length), quote: end }
}

/** The replayed pair as an asset of the desk. The exchange writes prices and amounts with up to 8 digits. */
export function replayedAsset({ symbol, base, quote }: ReplayedPair): Asset {
  return {
    chain: 'binance',
    asset: symbol,
    symbol: base,
    name: `${base}/${quote}`,
    decimals: 8,
    quote,
    priceDecimals: 8,
  }
}

function knownQuote(symbol: string): string {
  const quote = QUOTES.find((known) => symbol.endsWith(known) && symbol.length > known.length)
  if (quote) return quote
  throw invalid('--symbol', `${symbol} ends with no known quote asset: add --quote, such as --quote USDT`)
}

function normalised(text: string, setting: string): string {
  try {
    return normaliseAddress('binance', text)
  } catch (error) {
    if (!(error instanceof AddressError)) throw error
    throw invalid(
      setting,
      `${JSON.stringify(text.slice(0, 60))} is no symbol: use letters and digits, such as XRPETH`,
    )
  }
}

function invalid(setting: string, problem: string): ReplayError {
  return new ReplayError('REPLAY_SETTING_INVALID', problem, { setting })
}
