#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { defineCommand, type ParsedArgs, runMain } from 'citty'
import { HoldfastError, systemClock } from 'holdfast'
import { DeskError, SettingError } from './domain/desk-error.ts'
import { ReplayError } from './market/replay/replay-error.ts'
import { OPTIONS, readCommandLine } from './ops/command-line.ts'
import { helpText } from './ops/help.ts'
import { createLog } from './ops/log.ts'
import { partBlock, readyBlock } from './ops/ready-block.ts'
import { sharedLog } from './ops/shared-log.ts'
import { startApart } from './ops/start-apart.ts'
import { startDesk } from './ops/start.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const complain = (line: string): void => void process.stderr.write(`${line}\n`)

const description = 'A trading desk on Holdfast: paper execution, API and dashboard.'

const desk = defineCommand({
  meta: {
    name: 'desk',
    version,
    description,
  },
  args: OPTIONS,
  async run({ args }) {
    try {
      await serve(args)
    } catch (error) {
      complain(explain(error))
      process.exit(1)
    }
  },
})

async function serve(args: ParsedArgs<typeof OPTIONS>): Promise<void> {
  const { settings, replay } = readCommandLine(args)
  const shared = sharedLog(process.stderr)
  const log = createLog(settings.logLevel, shared)
  const running: { process?: { stop(): Promise<void> } } = {}
  const stopping = onFirstSignal(async () => {
    say('\nstopping …')
    await running.process?.stop()
    say('stopped')
  })
  const options = { settings, clock: systemClock, log, sharedLog: shared, onProgress: say }
  if (!settings.roles.includes('api')) {
    if (replay) throw new SettingError('--replay', 'is for a process with the role api')
    const part = await startApart(options)
    running.process = part
    say(partBlock(part))
    return
  }
  const started = await startDesk({ ...options, replay, version })
  running.process = started
  say(readyBlock(started))
  started.feedEnded.then(
    () => {
      if (!stopping.begun()) say('the price source has no more ticks; the desk goes on with the last prices')
    },
    (error: unknown) => complain(`the price source failed; the desk goes on without it\n${explain(error)}`),
  )
}

/** Under npm, Ctrl-C arrives twice: from the terminal, and passed on. Only a later signal is one of impatience. */
const SAME_KEYSTROKE_MS = 500

/** The first signal ends the desk in order, another one at once. */
function onFirstSignal(stop: () => Promise<void>): { begun(): boolean } {
  let begunMs: number | undefined
  const onSignal = (): void => {
    if (begunMs !== undefined) {
      if (systemClock.now() - begunMs > SAME_KEYSTROKE_MS) process.exit(130)
      return
    }
    begunMs = systemClock.now()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(explain(error))
        process.exit(1)
      },
    )
  }
  // SIGHUP: the terminal was closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  return { begun: () => begunMs !== undefined }
}

/** Expected failures in words; anything else with its stack, because it is a fault of ours. */
function explain(error: unknown): string {
  if (error instanceof DeskError || error instanceof ReplayError || error instanceof HoldfastError) {
    return `${error.code}: ${error.message}`
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

await runMain(desk, { showUsage: async () => say(helpText(description)) })
