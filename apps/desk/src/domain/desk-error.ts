/** Codes of the desk's own refusals, stable across releases. `docs` and the API's problem documents use them. */
export type DeskErrorCode =
  | 'UNAUTHENTICATED'
  | 'TOKEN_EXPIRED'
  | 'WRONG_CREDENTIALS'
  | 'EMAIL_TAKEN'
  | 'UNKNOWN_ASSET'
  | 'NO_PRICE'
  | 'UNKNOWN_AGENT'
  | 'TOO_MANY_AGENTS'
  | 'BUSY'
  | 'UPGRADE_REQUIRED'
  | 'SETTING'

/** Something that the desk refuses to do, with a reason that may be shown to whoever asked. */
export class DeskError extends Error {
  readonly code: DeskErrorCode

  constructor(code: DeskErrorCode, message: string) {
    super(message)
    this.name = 'DeskError'
    this.code = code
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
