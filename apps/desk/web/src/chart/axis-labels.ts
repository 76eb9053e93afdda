import { formatDay, formatMinute } from '../format/time.ts'

const DAY_S = 86_400
const MOST_DECIMALS = 12

/** Price labels with as many decimals as the distance between them asks for. */
export function priceLabels(splits: readonly number[], increment: number): string[] {
  const decimals = decimalsFor(increment)
  return splits.map((price) => group(price.toFixed(decimals)))
}

/** The decimals that tell two labels `increment` apart from each other. */
export function decimalsFor(increment: number): number {
  if (!(increment > 0)) return 2
  const magnitude = Math.max(0, Math.ceil(-Math.log10(increment) - 1e-9))
  // A step of 0.25 has the magnitude of 0.1, and one decimal more.
  const whole = increment * 10 ** magnitude
  const exact = Math.abs(whole - Math.round(whole)) < 1e-6
  return Math.min(MOST_DECIMALS, exact ? magnitude : magnitude + 1)
}

/** Time labels in UTC: the minute, and the day where a day begins. */
export function timeLabels(splits: readonly number[], incrementS: number): string[] {
  return splits.map((second) => {
    const dayStarts = second % DAY_S === 0
    return incrementS >= DAY_S || dayStarts ? formatDay(second * 1000) : formatMinute(second * 1000)
  })
}

function group(digits: string): string {
  const [integer = '', fraction] = digits.split('.')
  const grouped = integer.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
