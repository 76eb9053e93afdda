import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'

/** The highest and the lowest price since the last purchase, as decimal text. */
export interface Peaks {
  readonly peakPrice: string
  readonly lowPrice: string
}

/**
 * The peaks of a position that was just bought, or bought more of. A purchase moves the entry price, and a peak from
 * before it would trail a stop that was never meant: above the new entry, and above the price.
 */
export function startPeaks(price: string): Peaks {
  const text = decimal.canonical(price, 'price')
  return { peakPrice: text, lowPrice: text }
}

/** The peaks after a price. The same object when neither moved. A price of zero or less is no price and moves none. */
export function nextPeaks(peaks: Peaks, price: string): Peaks {
  const at = decimal.parse(price, 'price')
  if (decimal.sign(at) <= 0) return peaks
  const higher = decimal.compare(at, decimal.parse(peaks.peakPrice, 'peakPrice')) > 0
  const lower = decimal.compare(at, decimal.parse(peaks.lowPrice, 'lowPrice')) < 0
  if (!higher && !lower) return peaks
  const text = decimal.format(at)
  return { peakPrice: higher ? text : peaks.peakPrice, lowPrice: lower ? text : peaks.lowPrice }
}

/**
 * Whether peaks moved far enough from what is stored to store them: by a thousandth of the stored price or more. The
 * distance is relative: with an absolute one, a cheap asset's peak would never be stored.
 */
export function worthStoring(stored: Peaks, current: Peaks): boolean {
  return (
    movedByThousandth(stored.peakPrice, current.peakPrice) ||
    movedByThousandth(stored.lowPrice, current.lowPrice)
  )
}

function movedByThousandth(from: string, to: string): boolean {
  const before = decimal.parse(from)
  const distance = decimal.subtract(decimal.parse(to), before)
  const thousandfold: Decimal = { units: distance.units * 1_000n, scale: distance.scale }
  return decimal.compare(absolute(thousandfold), before) >= 0
}

function absolute(value: Decimal): Decimal {
  return value.units < 0n ? { units: -value.units, scale: value.scale } : value
}
