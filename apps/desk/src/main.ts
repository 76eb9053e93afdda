#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { defineCommand, runMain } from 'citty'
import { HoldfastError, systemClock } from 'holdfast'
import { pino } from 'pino'
import { DeskError } from './domain/desk-error.ts'
import { parseReplayOptions, type ReplaySettings } from './market/replay/options.ts'
import { ReplayError } from './market/replay/replay-error.ts'
import { readyBlock } from './ops/ready-block.ts'
import { readSettings } from './ops/settings.ts'
import { type Desk, startDesk } from './ops/start.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const complain = (line: string): void => void process.stderr.write(`${line}\n`)

const desk = defineCommand({
  meta: {
    name: 'desk',
    version,
    description: 'A trading desk on Holdfast: paper execution, API and dashboard.',
  },
  args: {
    port: {
      type: 'string',
      description: 'Port of API and dashboard, 0 for any free one (PORT, default 4400)',
      valueHint: 'number',
    },
    'data-dir': {
      type: 'string',
      description: 'Folder of the embedded servers and secrets (DATA_DIR, default .data)',
      valueHint: 'folder',
    },
    seed: { type: 'string', description: 'Seed of the market simulator (SIMULATOR_SEED)', valueHint: 'text' },
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
      description: 'Venue time per time here: 60 is an hour a minute; max does not wait',
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
  },
  async run({ args }) {
    const options = {
      PORT: args.port,
      DATA_DIR: args['data-dir'],
      SIMULATOR_SEED: args.seed,
    }
    try {
      await serve(options, {
        file: args.replay,
        symbol: args.symbol,
        quote: args.quote,
        speed: args.speed,
        layout: args.layout,
        loop: args.loop,
        maxMalformed: args['max-malformed'],
      })
    } catch (error) {
      complain(explain(error))
      process.exit(1)
    }
  },
})

async function serve(
  given: Readonly<Record<string, string | undefined>>,
  replayGiven: Omit<ReplaySettings, 'file'> & { readonly file: string | undefined },
): Promise<void> {
  const settings = readSettings(given)
  const { file } = replayGiven
  const replay = file === undefined ? undefined : parseReplayOptions({ ...replayGiven, file })
  const log = pino({ level: settings.logLevel }, process.stderr)
  const running: { desk?: Desk } = {}
  const stopping = onFirstSignal(async () => {
    say('\nstopping …')
    await running.desk?.stop()
    say('stopped')
  })
  const started = await startDesk({ settings, replay, version, clock: systemClock, log, onProgress: say })
  running.desk = started
  say(readyBlock(started))
  started.feedEnded.then(
    () => {
      if (!stopping.begun()) say('the price source has no more ticks; the desk goes on with the last prices')
    },
    (error: unknown) => complain(`the price source failed; the desk goes on without it\n${explain(error)}`),
  )
}

/** The first SIGINT or SIGTERM ends the desk in order, a second one at once. */
function onFirstSignal(stop: () => Promise<void>): { begun(): boolean } {
  let begun = false
  const onSignal = (): void => {
    if (begun) process.exit(130)
    begun = true
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(explain(error))
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return { begun: () => begun }
}

/** Expected failures in words; anything else with its stack, because it is a fault of ours. */
function explain(error: unknown): string {
  if (error instanceof DeskError || error instanceof ReplayError || error instanceof HoldfastError) {
    return `${error.code}: ${error.message}`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

await runMain(desk)
