/** What can be wrong with a replay. */
export type ReplayErrorCode =
  | 'REPLAY_SETTING_INVALID'
  | 'REPLAY_FILE_UNREADABLE'
  | 'REPLAY_FILE_NOT_CSV'
  | 'REPLAY_FILE_EMPTY'
  | 'REPLAY_LAYOUT_UNKNOWN'
  | 'REPLAY_TOO_MANY_MALFORMED'

/** Where a failure was met. */
export interface ReplayFault {
  /** The command line setting to look at, such as `--symbol`. */
  readonly setting: string
  readonly file?: string
  /** Counted from 1. */
  readonly line?: number
  readonly cause?: unknown
}

/** A replay that cannot start or go on. The message names the setting, and says what is accepted. */
export class ReplayError extends Error {
  /** Switch on this rather than on the message. */
  readonly code: ReplayErrorCode
  /** The command line setting to look at. */
  readonly setting: string
  /** The file as it was named, where the failure is about one. */
  readonly file: string | undefined
  /** The line in it, counted from 1. */
  readonly line: number | undefined

  constructor(code: ReplayErrorCode, problem: string, fault: ReplayFault) {
    super(`${fault.setting}: ${problem}`, fault.cause === undefined ? undefined : { cause: fault.cause })
    this.name = 'ReplayError'
    this.code = code
    this.setting = fault.setting
    this.file = fault.file
    this.line = fault.line
  }
}

/** What `--replay` takes, for messages. */
export const ACCEPTED =
  "an unpacked CSV file of the exchange's public dumps: aggTrades, trades or klines, with or without a header"
