import type { ReactElement } from 'react'
import type { Candle, Interval } from '../api/shapes.ts'
import { formatCount } from '../format/count.ts'
import { compareDecimal, formatDecimal, fractionDigits, MISSING, roundDecimal } from '../format/decimal.ts'
import { formatDate, formatDay, formatMinute } from '../format/time.ts'

/** Open, high, low, close, volume and trades of one candle, exact to the last digit (volume: to four). */
export function CandleReadout({
  candle,
  interval,
  live,
}: {
  candle: Candle | undefined
  interval: Interval
  /** True while it is the newest candle rather than the one under the crosshair. */
  live: boolean
}): ReactElement {
  const places = candle ? Math.max(...pricesOf(candle).map(fractionDigits)) : 0
  const price = (value: string | undefined): string => (value ? formatDecimal(value, places) : MISSING)
  const moved = candle ? compareDecimal(candle.close, candle.open) : 0
  return (
    <dl className="readout" data-direction={Math.sign(moved)}>
      <div>
        <dt>{live ? 'Now' : 'At'}</dt>
        <dd>{candle ? startOf(candle, interval) : MISSING}</dd>
      </div>
      <Figure name="Open" value={price(candle?.open)} />
      <Figure name="High" value={price(candle?.high)} />
      <Figure name="Low" value={price(candle?.low)} />
      <Figure name="Close" value={price(candle?.close)} strong />
      <Figure name="Volume" value={candle ? roundDecimal(candle.volume, 4) : MISSING} />
      <Figure name="Trades" value={formatCount(candle?.trades)} />
    </dl>
  )
}

/** The same in one line, for those who hear it. */
export function candleWords(candle: Candle, interval: Interval): string {
  const { open, high, low, close } = candle
  return `${startOf(candle, interval)}: open ${open}, high ${high}, low ${low}, close ${close}`
}

function Figure({ name, value, strong }: { name: string; value: string; strong?: boolean }): ReactElement {
  return (
    <div data-strong={strong}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function pricesOf({ open, high, low, close }: Candle): readonly string[] {
  return [open, high, low, close]
}

function startOf({ time }: Candle, interval: Interval): string {
  return interval === '1d' ? formatDate(time) : `${formatDay(time)} ${formatMinute(time)} UTC`
}
