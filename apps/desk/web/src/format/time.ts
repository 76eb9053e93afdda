/** Times of day as a trading screen shows them: UTC, 24 hours, said so where it matters. */
import { MISSING } from './decimal.ts'

const english = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', hourCycle: 'h23', ...options })

const clock = english({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minute = english({ hour: '2-digit', minute: '2-digit' })
const day = english({ day: 'numeric', month: 'short' })
const date = english({ day: 'numeric', month: 'short', year: 'numeric' })

const formatted = (format: Intl.DateTimeFormat, timeMs: number): string =>
  Number.isFinite(timeMs) ? format.format(timeMs) : MISSING

/** `14:02:11` */
export const formatClock = (timeMs: number): string => formatted(clock, timeMs)

/** `14:02` */
export const formatMinute = (timeMs: number): string => formatted(minute, timeMs)

/** `11 Oct` */
export const formatDay = (timeMs: number): string => formatted(day, timeMs)

/** `11 Oct 2019` */
export const formatDate = (timeMs: number): string => formatted(date, timeMs)

/** `11 Oct 2019, 14:02:11 UTC` */
export const formatMoment = (timeMs: number): string =>
  Number.isFinite(timeMs) ? `${date.format(timeMs)}, ${clock.format(timeMs)} UTC` : MISSING
