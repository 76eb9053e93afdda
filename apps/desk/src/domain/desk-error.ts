/** Codes of the desk's own refusals, stable across releases. `docs` and the API's problem documents use them. */
export type DeskErrorCode =
  | 'UNAUTHENTICATED'
  | 'TOKEN_EXPIRED'
  | 'SESSION_ENDED'
  | 'WRONG_CREDENTIALS'
  | 'LOCKED_OUT'
  | 'UNKNOWN_SESSION'
  | 'EMAIL_TAKEN'
  | 'UNKNOWN_ASSET'
  | 'NO_PRICE'
  | 'UNKNOWN_AGENT'
  | 'TOO_MANY_AGENTS'
  | 'AGENT_PAUSED'
  | 'PAPER_ONLY'
  | 'AMOUNT_INVALID'
  | 'CURRENCY_UNKNOWN'
  | 'INSUFFICIENT_BALANCE'
  | 'BALANCE_BELOW_MINIMUM'
  | 'PURCHASE_LIMIT'
  | 'PRICE_IMPACT_TOO_HIGH'
  | 'STALE_PRICE'
  | 'POSITION_UNKNOWN'
  | 'POSITION_CLOSED'
  | 'POSITION_CHANGED'
  | 'POSITION_EXISTS'
  | 'TOO_MANY_POSITIONS'
  | 'UNKNOWN_TRADE'
  | 'TRADE_IN_PROGRESS'
  | 'IDEMPOTENCY_KEY_REQUIRED'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_MISMATCH'
  | 'RATE_LIMITED'
  | 'COOLDOWN'
  | 'SIGNAL_DUPLICATE'
  | 'SIGNAL_TYPE_UNKNOWN'
  | 'CONFIG_CONTRADICTORY'
  | 'CONFIG_INVALID'
  | 'PREFERENCES_INVALID'
  | 'PREFERENCES_CHANGED'
  | 'BUSY'
  | 'UPGRADE_REQUIRED'
  | 'SETTING'

/** What a refusal says besides its code and message. */
export interface RefusalOptions {
  /** When asking again may help; left out where waiting does not. */
  readonly retryAfterMs?: number
  /** What is wrong with single fields of what was asked for. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[]
}

/** Something that the desk refuses to do, with a reason that may be shown to whoever asked. */
export class DeskError extends Error {
  readonly code: DeskErrorCode
  readonly retryAfterMs: number | undefined
  readonly errors: RefusalOptions['errors']

  constructor(code: DeskErrorCode, message: string, options: RefusalOptions = {}) {
    super(message)
    this.name = 'DeskError'
    this.code = code
    this.retryAfterMs = options.retryAfterMs
    this.errors = options.errors
  }
}

/** A setting that cannot be used. The message names it, and says what would be accepted. */
export class SettingError extends DeskError {
  /** The environment variable or command line option at fault. */
  readonly setting: string

  constructor(setting: string, problem: string) {
    super('SETTING', `${setting}: ${problem}`)
    this.name = 'SettingError'
    this.setting = setting
  }
}
