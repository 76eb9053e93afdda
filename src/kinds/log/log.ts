import type { WindowChoice } from '../../collection/lifetime.ts'
import type { Duration } from '../../core/duration.ts'
import type { Gap } from '../topic/topic.ts'
import type { LogLevel, LogLine } from './line.ts'

/** A line of a log. */
export interface LogEntry {
  /** Tells it from all others, also when it comes again. */
  readonly id: string
  /** Its place in the log: 1, 2, 3 … */
  readonly seq: number
  /** Where to go on from: what comes after it. */
  readonly position: string
  /** When it was written: calendar time of the process that did, ms since 1970. */
  readonly atMs: number
  readonly module: string
  readonly level: LogLevel
  readonly message: string
  /** Plain JSON. */
  readonly fields: Readonly<Record<string, unknown>>
  /** It was too long: fields, or the end of the message, are left out. */
  readonly isCut: boolean
}

/** Which lines. */
export interface LogFilter {
  /** Of this module alone. */
  readonly module?: string
  /** This bad or worse. */
  readonly level?: LogLevel
}

/** How a log is followed. */
export interface TailOptions extends LogFilter {
  /** `now`, the default: what comes after the call. `start`: all that is kept. Or the `position` of a line: what comes after it. */
  readonly since?: 'now' | 'start' | (string & {})
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Hears of lines that are missing, before it gets the next one. */
  readonly onGap?: (gap: Gap) => void
}

/** A log that is followed: line by line, as they come. To be iterated once. */
export interface Tail extends AsyncIterable<LogEntry> {
  /** Resolves once it is known from where on lines come, with that position. */
  readonly ready: Promise<string>
}

/** How many lines a module wrote of a level. */
export interface LogCount {
  readonly module: string
  readonly level: LogLevel
  readonly count: number
}

/** How lines are carried to PostgreSQL. */
export interface ArchiveOptions {
  /** How long they stay there. Default `30d`. */
  readonly keep?: Duration
  /** How long a line that is alone waits. Default `5s`. */
  readonly every?: Duration
  /** Ends it, as `stop` does. */
  readonly signal?: AbortSignal
}

/** Lines being carried to PostgreSQL. */
export interface Archiver {
  /** Carries what is there, takes no more, and resolves. Rejects when that last try failed. */
  stop(): Promise<void>
  /** Resolves when it has ended, for whatever reason. */
  readonly done: Promise<void>
}

/**
 * A log in use. Nobody waits for a line that is written: this process keeps it for a tenth of a second, and longer while
 * the store is away, and brings it there in batches. What is lost on the way is told on `holdfast:log-loss`.
 */
export interface Log<Id> {
  /**
   * Writes a line. A long one is cut; an id makes it come once however often it is written, within the last 1,024.
   *
   * @throws InvalidIdError, ClosedError; InvalidValueError for a module, level or id that is none
   */
  write(id: Id, line: LogLine, eventId?: string): void
  /** Resolves when all that was written before is in the store. Rejects with the store's errors; it is tried again. */
  flush(): Promise<void>
  /** Follows a log. Waits out failures of the store. @throws InvalidIdError, ClosedError; DeclarationError for a position that is none */
  tail(id: Id, options?: TailOptions): Tail
  /** Of the last `most` lines in the store, 100 unless told, those that fit, the oldest first. Fails as the store does. */
  history(id: Id, most?: number, filter?: LogFilter): Promise<readonly LogEntry[]>
  /**
   * How many lines came in the present window, by module and level, the most first. At most 1,000 pairs are counted; of
   * more those with few lines go. Fails as the store does, and with DeclarationError for a window that is not kept.
   */
  counts(id: Id, which?: WindowChoice): Promise<readonly LogCount[]>
  /**
   * Carries lines to the table `holdfast_log` of the truth, each once, until it is stopped. Any number of processes may
   * do it for the same log. Waits out failures.
   *
   * @throws InvalidIdError, ClosedError; DeclarationError without a truth
   */
  archive(id: Id, options?: ArchiveOptions): Archiver
}
