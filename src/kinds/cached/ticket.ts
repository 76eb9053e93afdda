/** The right to fill `key`, if it was granted. */
export interface Ticket {
  readonly key: string
  /** Undefined without the right. */
  readonly token: string | undefined
  readonly base: string
  /** The ticket of somebody else, who is loading. */
  readonly takenBy: string | undefined
  /** Something else is stored by now than what the caller found: on a busy machine, another process was faster. */
  readonly isLate: boolean
  /** Nothing is left to give back. */
  used: boolean
}
