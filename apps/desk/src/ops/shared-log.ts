import type { LogLevel } from 'holdfast'
import type { DestinationStream } from 'pino'
import type { DeskState } from './state.ts'

/** The log of this process, under which others find its lines. */
export const SERVICE = { service: 'desk' }

/** Where the lines of a log go: to their destination, and to the log that all processes share, once there is one. */
export interface SharedLog extends DestinationStream {
  /** From now on lines go to the state as well, and from there to PostgreSQL, until the state is closed. */
  attach(state: Pick<DeskState, 'deskLog'>): void
}

const LEVELS: Readonly<Record<number, LogLevel>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
const KEPT_IN_POSTGRES = '7d'

/** Passes lines on to `to`, and shares them. */
export function sharedLog(to: DestinationStream): SharedLog {
  let log: DeskState['deskLog'] | undefined
  return {
    write(text) {
      to.write(text)
      if (log) share(log, text)
    },
    attach(state) {
      log = state.deskLog
      log.archive(SERVICE, { keep: KEPT_IN_POSTGRES })
    },
  }
}

function share(log: DeskState['deskLog'], text: string): void {
  const {
    level,
    msg,
    module,
    time: _,
    pid: __,
    hostname: ___,
    ...fields
  } = JSON.parse(text) as Record<string, unknown>
  try {
    log.write(SERVICE, {
      module: typeof module === 'string' && module !== '' ? module.slice(0, 64) : 'desk',
      level: LEVELS[Number(level)] ?? 'info',
      message: typeof msg === 'string' ? msg : '',
      fields,
    })
  } catch {
    // The state is closed, or nobody can make a line of it: it is where it was written to.
  }
}
