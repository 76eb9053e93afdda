import { MISSING } from './decimal.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** An age in its largest whole unit: `<1 s`, `12 s`, `3 min`, `2 h`, `5 d`. */
export function formatAge(ageMs: number): string {
  if (!Number.isFinite(ageMs)) return MISSING
  if (ageMs < SECOND) return '<1 s'
  if (ageMs < MINUTE) return `${Math.floor(ageMs / SECOND)} s`
  if (ageMs < HOUR) return `${Math.floor(ageMs / MINUTE)} min`
  if (ageMs < DAY) return `${Math.floor(ageMs / HOUR)} h`
  return `${Math.floor(ageMs / DAY)} d`
}

/** A measured latency with two or three significant digits: `4.1 µs`, `310 µs`, `1.24 ms`, `2.1 s`. */
export function formatLatency(latencyMs: number | null | undefined): string {
  if (latencyMs === null || latencyMs === undefined || !Number.isFinite(latencyMs)) return MISSING
  if (latencyMs < 1) return `${significant(latencyMs * 1000)} µs`
  if (latencyMs < SECOND) return `${significant(latencyMs)} ms`
  return `${significant(latencyMs / SECOND)} s`
}

function significant(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

/** A long duration in two units: `42 s`, `3 min 20 s`, `2 h 14 min`, `5 d 3 h`. */
export function formatUptime(uptimeMs: number): string {
  if (!Number.isFinite(uptimeMs)) return MISSING
  const of = (unit: number, per: number): number => Math.floor((uptimeMs % per) / unit)
  if (uptimeMs < MINUTE) return `${of(SECOND, MINUTE)} s`
  if (uptimeMs < HOUR) return `${of(MINUTE, HOUR)} min ${of(SECOND, MINUTE)} s`
  if (uptimeMs < DAY) return `${of(HOUR, DAY)} h ${of(MINUTE, HOUR)} min`
  return `${Math.floor(uptimeMs / DAY)} d ${of(HOUR, DAY)} h`
}

/** A time to live as it would be declared: `30 s`, `5 min`, `1 d`; a dash when there is none. */
export function formatTtl(ttlMs: number | null): string {
  if (ttlMs === null) return MISSING
  return ttlMs < SECOND ? `${ttlMs} ms` : formatAge(ttlMs)
}
