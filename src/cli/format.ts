import type { Looked } from '../survey/walk.ts'

const NONE = '–'

/** A whole number, its thousands apart. */
export function formatNumber(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Bytes in the largest unit that leaves a figure before the point. */
export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NONE
  const power = Math.min(4, bytes < 1_024 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const unit = ['B', 'KiB', 'MiB', 'GiB', 'TiB'][power] as string
  return `${power === 0 ? bytes : (bytes / 1_024 ** power).toFixed(1)} ${unit}`
}

/** A share, 0 to 1, in percent. */
export function formatShare(share: number | null): string {
  return share === null ? NONE : `${(share * 100).toFixed(1)} %`
}

/** A moment, in milliseconds since 1970, to the second. */
export function formatMoment(ms: number | null): string {
  return ms === null ? NONE : `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** A length of time. */
export function formatMs(ms: number): string {
  if (Math.abs(ms) < 1_000) return `${Math.round(ms)} ms`
  if (Math.abs(ms) < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  return Math.abs(ms) < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** How long the store keeps something; null for good. */
export function formatKept(ms: number | null): string {
  return ms === null ? 'for good' : `for ${formatMs(ms)}`
}

/** What a survey looked at. */
export function lookedLine({ keys, share, isComplete, durationMs }: Looked): string {
  const what = isComplete ? 'all of it' : `${formatShare(share)} of it; the rest is taken to be like that`
  return `Looked at ${formatNumber(keys)} keys in ${formatMs(durationMs)}: ${what}.`
}

/** One JSON document, indented so far. */
export function jsonLine(value: unknown, indent = 2): string {
  return JSON.stringify(
    value,
    (_key, each: unknown) => (typeof each === 'bigint' ? String(each) : each),
    indent,
  )
}
