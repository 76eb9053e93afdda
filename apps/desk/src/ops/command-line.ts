import type { ArgsDef, ParsedArgs } from 'citty'
import { SettingError } from '../domain/desk-error.ts'
import { parseReplayOptions, type ReplayOptions } from '../market/replay/options.ts'
import { describeSetting, readSettings, type Settings } from './settings.ts'

/** The options of the command line. The first five are settings of the environment, too. */
export const OPTIONS = {
  port: {
    type: 'string',
    description: describeSetting('PORT'),
    valueHint: 'number',
  },
  'health-port': {
    type: 'string',
    description: describeSetting('HEALTH_PORT'),
    valueHint: 'number',
  },
  'data-dir': {
    type: 'string',
    description: describeSetting('DATA_DIR'),
    valueHint: 'folder',
  },
  roles: { type: 'string', description: describeSetting('ROLES'), valueHint: 'list' },
  seed: { type: 'string', description: describeSetting('SIMULATOR_SEED'), valueHint: 'text' },
  replay: {
    type: 'string',
    description: 'Replay a public dump of the exchange: aggTrades, trades or klines, as CSV',
    valueHint: 'file',
  },
  symbol: {
    type: 'string',
    description: 'The pair that the dump is of, such as XRPETH',
    valueHint: 'pair',
  },
  quote: {
    type: 'string',
    description: 'The quote asset, where the symbol does not tell',
    valueHint: 'asset',
  },
  speed: {
    type: 'string',
    description: 'Venue time per time here (default 1): 60 is an hour a minute; max, or 0, does not wait',
    valueHint: 'number',
  },
  layout: {
    type: 'string',
    description: 'aggTrades, trades or klines, where the file does not tell',
    valueHint: 'name',
  },
  loop: { type: 'boolean', description: 'Start the replay again at its end' },
  'max-malformed': {
    type: 'string',
    description: 'Lines of the dump that may be skipped (default 100)',
    valueHint: 'number',
  },
} as const satisfies ArgsDef

const REPLAY_ONLY = ['symbol', 'quote', 'speed', 'layout', 'loop', 'max-malformed'] as const

/**
 * What the command line and the environment ask for.
 *
 * @throws SettingError or ReplayError naming the option or variable at fault
 */
export function readCommandLine(args: ParsedArgs<typeof OPTIONS>): {
  settings: Settings
  replay: ReplayOptions | undefined
} {
  refuseUnknown(args)
  const settings = readSettings({
    PORT: args.port,
    HEALTH_PORT: args['health-port'],
    DATA_DIR: args['data-dir'],
    ROLES: args.roles,
    SIMULATOR_SEED: args.seed,
  })
  return { settings, replay: readReplay(args) }
}

function readReplay(args: ParsedArgs<typeof OPTIONS>): ReplayOptions | undefined {
  const { replay: file, symbol, quote, speed, layout, loop } = args
  if (file !== undefined) {
    return parseReplayOptions({
      file,
      symbol,
      quote,
      speed,
      layout,
      loop,
      maxMalformed: args['max-malformed'],
    })
  }
  const misplaced = REPLAY_ONLY.find((name) => args[name] !== undefined)
  if (misplaced === undefined) return undefined
  throw new SettingError(`--${misplaced}`, 'is for a replay: name its file with --replay')
}

/** A misspelt option must not start a desk that does something else. */
function refuseUnknown(args: ParsedArgs<typeof OPTIONS>): void {
  const [stray] = args._
  if (stray !== undefined) throw new SettingError(stray, `is no option. ${SEE_HELP}`)
  const known = new Set(['_', ...Object.keys(OPTIONS).flatMap((name) => [name, camelCase(name)])])
  const unknown = Object.keys(args).find((name) => !known.has(name))
  if (unknown !== undefined) throw new SettingError(`--${unknown}`, `is no option. ${SEE_HELP}`)
}

const SEE_HELP = 'See --help.'

/** As the parser repeats names with a hyphen. */
function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
}
