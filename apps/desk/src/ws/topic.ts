import { AddressError, type Chain, normaliseAddress, parseChain } from '../domain/chains.ts'
import { type Interval, INTERVALS } from '../market/candles/interval.ts'

/** The candles of one pair and interval, as something to follow. `name` is the one way to write it. */
export interface CandleTopic {
  readonly kind: 'candles'
  readonly name: string
  readonly chain: Chain
  readonly asset: string
  readonly interval: Interval
}

/** Something that a client can follow. */
export type Topic = { readonly kind: PlainTopic; readonly name: string } | CandleTopic

type PlainTopic = (typeof PLAIN_TOPICS)[number]

/** Why a text is no topic. */
export interface BadTopic {
  readonly code: 'UNKNOWN_TOPIC' | AddressError['code']
  readonly detail: string
}

const PLAIN_TOPICS = ['prices', 'account', 'state', 'status'] as const
const FORMS = `${PLAIN_TOPICS.join(', ')} or candles:<chain>:<asset>:<${INTERVALS.join('|')}>`

/** Reads `prices`, `account`, `state`, `status` and `candles:<chain>:<asset>:<interval>`. */
export function parseTopic(text: string): Topic | BadTopic {
  const plain = PLAIN_TOPICS.find((known) => known === text)
  if (plain) return { kind: plain, name: plain }
  const [kind, chainText = '', address = '', intervalText, ...rest] = text.split(':')
  const interval = INTERVALS.find((known) => known === intervalText)
  if (kind !== 'candles' || !interval || rest.length > 0) {
    const shown = JSON.stringify(text.slice(0, 60))
    return { code: 'UNKNOWN_TOPIC', detail: `${shown} is no topic: use ${FORMS}.` }
  }
  try {
    const chain = parseChain(chainText)
    const asset = normaliseAddress(chain, address)
    return { kind, name: `candles:${chain}:${asset}:${interval}`, chain, asset, interval }
  } catch (error) {
    if (error instanceof AddressError) return { code: error.code, detail: error.message }
    throw error
  }
}
