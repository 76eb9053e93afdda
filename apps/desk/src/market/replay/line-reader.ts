import { type DumpTrade, type Layout, MalformedLineError, splitLine } from './layout.ts'

/** Reads the lines of one file in their order. */
export interface LineReader {
  /**
   * The trades of the next line, their `time` in ms. A line that cannot be read changes nothing: the next one is
   * judged as if it had not been there.
   *
   * @throws MalformedLineError
   */
  read(line: string): readonly DumpTrade[]
}

/** How many of the file's units make a millisecond. Spot dumps count in µs since 2025, all others in ms. */
type UnitsPerMs = 1 | 1_000

// Trades of crypto exchanges happen in these years. Read in the wrong unit, a time lies far outside of them.
const EARLIEST_MS = Date.UTC(2009, 0, 1)
const LATEST_MS = Date.UTC(2100, 0, 1)

/** A reader for a file that has not been read yet. The unit of time is that of the first line, for the whole file. */
export function lineReader(layout: Layout): LineReader {
  let unitsPerMs: UnitsPerMs | undefined
  let lastTime = 0

  return {
    read(line) {
      const trades = layout.trades(splitLine(line, layout))
      const first = trades[0]
      const last = trades.at(-1)
      if (!first || !last) return trades

      const units = unitsPerMs ?? unitOf(first.time)
      requireInRange(first.time, units)
      requireInRange(last.time, units)
      if (first.time < lastTime) {
        throw new MalformedLineError(`time: ${first.time} is earlier than ${lastTime} of the line before`)
      }
      unitsPerMs = units
      lastTime = last.time
      return units === 1
        ? trades
        : trades.map((trade) => ({ ...trade, time: Math.floor(trade.time / units) }))
    },
  }
}

function unitOf(time: number): UnitsPerMs {
  return time < LATEST_MS ? 1 : 1_000
}

function requireInRange(time: number, unitsPerMs: UnitsPerMs): void {
  if (time >= EARLIEST_MS * unitsPerMs && time < LATEST_MS * unitsPerMs) return
  const unit = unitsPerMs === 1 ? 'ms' : 'µs'
  throw new MalformedLineError(
    `time: ${time} is not in the years 2009 to 2099, counted in ${unit} like this file`,
  )
}
