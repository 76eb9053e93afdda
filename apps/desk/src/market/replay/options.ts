import { type LayoutName, LAYOUT_NAMES } from './layout.ts'
import { ReplayError } from './replay-error.ts'
import { parsePair, type ReplayedPair } from './symbol.ts'

/** The command line settings of a replay, as typed. */
export interface ReplaySettings {
  /** `--replay` */
  readonly file: string
  /** `--symbol` */
  readonly symbol?: string | undefined
  /** `--quote`, needed only where the symbol does not tell. */
  readonly quote?: string | undefined
  /** `--speed`: `60` is an hour in a minute; `0` or `max` is as fast as it goes. Default `1`. */
  readonly speed?: string | undefined
  /** `--layout`: overrides what the file looks like. */
  readonly layout?: string | undefined
  /** `--loop`: start again at the end. */
  readonly loop?: boolean | undefined
  /** `--max-malformed`: how many lines may be skipped. Default `100`. */
  readonly maxMalformed?: string | undefined
}

/** A replay that can be started. */
export interface ReplayOptions {
  readonly file: string
  readonly pair: ReplayedPair
  /** Venue time per time here, or `max`: never wait. */
  readonly speed: number | 'max'
  /** `null`: find out. */
  readonly layout: LayoutName | null
  readonly loop: boolean
  readonly maxMalformed: number
}

const FASTEST = 1_000_000
const MOST_MALFORMED = 1_000_000

/** @throws ReplayError REPLAY_SETTING_INVALID naming the setting */
export function parseReplayOptions(settings: ReplaySettings): ReplayOptions {
  if (settings.file === '') throw invalid('--replay', 'name the file to replay')
  if (!settings.symbol) throw invalid('--symbol', 'say which pair the file is of, such as --symbol XRPETH')
  return {
    file: settings.file,
    pair: parsePair(settings.symbol, settings.quote),
    speed: parseSpeed(settings.speed ?? '1'),
    layout: settings.layout === undefined ? null : parseLayout(settings.layout),
    loop: settings.loop ?? false,
    maxMalformed: parseMaxMalformed(settings.maxMalformed ?? '100'),
  }
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max'
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (speed === 0) return 'max'
  if (speed > 0 && speed <= FASTEST) return speed
  throw invalid('--speed', `${quoted(text)} is no speed: use a number up to ${FASTEST}, such as 60, or max`)
}

function parseLayout(text: string): LayoutName {
  const layout = LAYOUT_NAMES.find((name) => name.toLowerCase() === text.toLowerCase())
  if (layout) return layout
  throw invalid('--layout', `${quoted(text)} is no layout: use ${LAYOUT_NAMES.join(', ')}`)
}

function parseMaxMalformed(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (count <= MOST_MALFORMED) return count
  throw invalid('--max-malformed', `${quoted(text)} is no whole number from 0 to ${MOST_MALFORMED}`)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}

function invalid(setting: string, problem: string): ReplayError {
  return new ReplayError('REPLAY_SETTING_INVALID', problem, { setting })
}
