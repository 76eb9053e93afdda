/** What the rules want done with a position. */
export interface Decision {
  readonly kind: 'stop_loss' | 'take_profit' | 'stale' | 'dca'
  readonly side: 'buy' | 'sell'
  /** Canonical decimal text, above zero. Sell: of the asset, never more than is held. Buy: of the quote, fee included. */
  readonly amount: string
  /** Take profit: the places in the config of the levels that this sale takes, ascending. */
  readonly levels?: readonly number[]
  /** Take profit: this sale leaves the moonbag. */
  readonly moonbag?: boolean
  /** For people: what was compared with what. */
  readonly why: string
}
