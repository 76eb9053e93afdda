import type { DepositOrder, TradeOrder } from '../api/trading-shapes.ts'

/** What a ticket sends. */
export type Order = ({ readonly kind: 'trade' } & TradeOrder) | ({ readonly kind: 'deposit' } & DepositOrder)

/** What a ticket is about, as far as whoever opened it knows: the rest is chosen in the ticket. */
export type Subject =
  | {
      readonly action: 'buy' | 'sell'
      readonly chain?: string | undefined
      readonly asset?: string | undefined
      readonly agentId?: string | undefined
      readonly positionId?: string | undefined
    }
  | { readonly action: 'deposit'; readonly agentId: string }
