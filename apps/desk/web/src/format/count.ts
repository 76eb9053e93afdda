import { MISSING } from './decimal.ts'

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 })

/** `1,234`; from a million on `1.23M`. A dash for what is not a number. */
export function formatCount(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return MISSING
  return Math.abs(count) < 1_000_000 ? grouped.format(count) : compact.format(count)
}

/** A share from 0 to 1 as `97.8 %`. It says 100 % only when nothing is missing. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return MISSING
  if (share === 0 || share === 1) return `${share * 100} %`
  const tenths = Math.min(999, Math.max(1, Math.round(share * 1000)))
  return `${(tenths / 10).toFixed(1)} %`
}

/** Bytes in their largest unit: `812 B`, `65.6 KiB`, `1.2 MiB`. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return MISSING
  if (bytes < 1024) return `${Math.round(bytes)} B`
  const power = Math.min(3, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(1)} ${['KiB', 'MiB', 'GiB'][power - 1]}`
}

/** Events per second: `0/s`, `0.4/s`, `1,234/s`. */
export function formatRate(perSecond: number | null | undefined): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond)) return MISSING
  return perSecond > 0 && perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${formatCount(perSecond)}/s`
}
