import type { SourceProgress } from '../price-source.ts'
import type { LayoutName } from './layout.ts'

/** How far a replay has come. */
export interface ReplayProgress extends SourceProgress {
  /** As it was named. */
  readonly file: string
  readonly symbol: string
  readonly layout: LayoutName
  readonly speed: number | 'max'
  /** How much of the file this pass has read, by bytes, from 0 to 1. */
  readonly share: number
  /** Lines that this pass skipped. */
  readonly malformed: number
  /** Passes that came to the end of the file. */
  readonly loops: number
  /** Whether the run is over. */
  readonly done: boolean
}

/** A line of the file that was skipped. */
export interface SkippedLine {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly reason: string
}

/** The progress as one line for people: `XRPETH 2019-10-11 00:00:11Z  42.3 %  5280 ticks  0 malformed  lag 0 ms`. */
export function progressLine(progress: ReplayProgress): string {
  const { symbol, eventTimeMs, share, ticks, malformed, lagMs, loops, done } = progress
  const at = eventTimeMs === null ? 'not started' : `${new Date(eventTimeMs).toISOString().slice(0, 19)}Z`
  const parts = [
    `${symbol} ${at.replace('T', ' ')}`,
    `${(share * 100).toFixed(1)} %`,
    `${ticks} ticks`,
    `${malformed} malformed`,
    `lag ${Math.round(lagMs)} ms`,
  ]
  if (done) parts.push('done')
  else if (loops > 0) parts.push(`loop ${loops + 1}`)
  return parts.join('  ')
}

/** `file:line: reason`, which editors and terminals turn into a link. */
export function skippedLine({ file, line, reason }: SkippedLine): string {
  return `${file}:${line}: ${reason}`
}
