/**
 * Replay: a recorded market, tick for tick, at the pace of its own event times.
 *
 * A tick is due at `start + (its event time − the first event time) / speed`. It is never emitted earlier; when the
 * consumer or the host was late, the following ticks come without waiting until the schedule is met again. No tick
 * is dropped and none overtakes another, because each emit ends before the next one begins.
 *
 * A line that cannot be read is reported and skipped, and so is one whose time is earlier than that of the line
 * before (an equal time is fine): event times never fall. Above the limit of such lines the replay fails.
 */

import type { Clock } from 'holdfast'

import { waitUntil } from '../pacing.ts'
import type { Emit, PriceSource, Tick } from '../price-source.ts'
import { type DetectedLayout, detectLayout } from './detect-layout.ts'
import { type Dump, openDump } from './dump.ts'
import { type DumpTrade, MalformedLineError } from './layout.ts'
import { type LineReader, lineReader } from './line-reader.ts'
import type { ReplayOptions } from './options.ts'
import type { ReplayProgress, SkippedLine } from './progress.ts'
import { ACCEPTED, ReplayError } from './replay-error.ts'
import { replayedAsset } from './symbol.ts'

const REPORT_EVERY_MS = 5_000

/** What a replay needs and whom it tells. */
export interface ReplayContext {
  readonly clock: Clock
  /** Called for each skipped line, in the first pass over the file only. */
  readonly onSkipped?: (line: SkippedLine) => void
  /** Called at the end of a run, and while it lasts at most once in five seconds. */
  readonly onProgress?: (progress: ReplayProgress) => void
}

/** A replay that has found its file and its layout. Each run begins at the first line. */
export interface Replay extends PriceSource {
  progress(): ReplayProgress
}

/** @throws ReplayError when the file cannot be read, is empty, or has no known layout */
export async function openReplay(options: ReplayOptions, context: ReplayContext): Promise<Replay> {
  return replayDump(await openDump(options.file), options, context)
}

/** As `openReplay`, over any dump. */
export async function replayDump(
  dump: Dump,
  options: ReplayOptions,
  context: ReplayContext,
): Promise<Replay> {
  const detected = await detectLayout(dump, options.layout)
  let current = new ReplayRun(dump, detected, options, context)
  return {
    name: 'replay',
    assets: [replayedAsset(options.pair)],
    progress: () => current.progress(),
    run(emit, signal) {
      current = new ReplayRun(dump, detected, options, context)
      return current.run(emit, signal)
    },
  }
}

class ReplayRun {
  readonly #dump: Dump
  readonly #detected: DetectedLayout
  readonly #options: ReplayOptions
  readonly #context: ReplayContext

  #reader: LineReader
  #headerIsNext = false
  #startMs = 0
  #firstEventMs: number | null = null
  #eventTimeMs: number | null = null
  /** Added to the file's times in a later loop, so that event times keep growing. */
  #shiftMs = 0
  #ticks = 0
  #lagMs = 0
  #lineNumber = 0
  #bytes = 0
  #malformed = 0
  #loops = 0
  #done = false
  #reportedMs: number

  constructor(dump: Dump, detected: DetectedLayout, options: ReplayOptions, context: ReplayContext) {
    this.#dump = dump
    this.#detected = detected
    this.#reader = lineReader(detected.layout)
    this.#options = options
    this.#context = context
    this.#reportedMs = context.clock.now()
  }

  progress(): ReplayProgress {
    return {
      file: this.#dump.file,
      symbol: this.#options.pair.symbol,
      layout: this.#detected.layout.name,
      speed: this.#options.speed,
      share: Math.min(1, this.#bytes / this.#dump.sizeBytes),
      ticks: this.#ticks,
      eventTimeMs: this.#eventTimeMs,
      lagMs: this.#lagMs,
      malformed: this.#malformed,
      loops: this.#loops,
      done: this.#done,
    }
  }

  async run(emit: Emit, signal: AbortSignal): Promise<void> {
    try {
      do {
        await this.#pass(emit, signal)
        if (signal.aborted) return
        this.#endPass()
      } while (this.#options.loop)
    } finally {
      this.#done = true
      this.#context.onProgress?.(this.progress())
    }
  }

  async #pass(emit: Emit, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    this.#beginPass()
    for await (const lines of this.#dump.blocks()) {
      for (const line of lines) {
        for (const trade of this.#tradesOf(line)) {
          const tick = this.#toTick(trade)
          let nowMs = clock.now()
          const dueMs = this.#dueMs(tick, nowMs)
          if (nowMs < dueMs) {
            await waitUntil(clock, dueMs, signal)
            nowMs = clock.now()
          }
          if (signal.aborted) return

          this.#lagMs = Math.max(0, nowMs - dueMs)
          // Awaited only where there is something to wait for: at full speed this line is what a tick costs.
          const taken = emit(tick)
          if (taken) await taken
          this.#emitted(tick, nowMs)
        }
      }
    }
  }

  #beginPass(): void {
    this.#reader = lineReader(this.#detected.layout)
    this.#headerIsNext = this.#detected.hasHeader
    this.#lineNumber = 0
    this.#bytes = 0
    this.#malformed = 0
  }

  /** The trades of the file's next line: none for a blank one, the header and what cannot be read. */
  #tradesOf(raw: string): readonly DumpTrade[] {
    this.#lineNumber++
    this.#bytes += raw.length + 1
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.trim() === '') return []
    if (this.#headerIsNext) {
      this.#headerIsNext = false
      return []
    }
    try {
      return this.#reader.read(line)
    } catch (error) {
      if (!(error instanceof MalformedLineError)) throw error
      this.#skip(error.message)
      return []
    }
  }

  #skip(reason: string): void {
    const skipped = { file: this.#dump.file, line: this.#lineNumber, reason }
    this.#malformed++
    if (this.#malformed > this.#options.maxMalformed) {
      throw new ReplayError(
        'REPLAY_TOO_MANY_MALFORMED',
        `${skipped.file}:${skipped.line}: ${reason}. More than ${this.#options.maxMalformed} lines cannot be read: ` +
          'repair the file, or raise the limit.',
        { setting: '--max-malformed', file: skipped.file, line: skipped.line },
      )
    }
    if (this.#loops === 0) this.#context.onSkipped?.(skipped)
  }

  #toTick({ price, quantity, time, id }: DumpTrade): Tick {
    const asset = this.#options.pair.symbol
    const eventTimeMs = time + this.#shiftMs
    if (id === null) return { chain: 'binance', asset, price, quantity, eventTimeMs }
    // The same trade in a later loop is another one to whoever removes duplicates by id.
    const tradeId = this.#loops === 0 ? id : `${id}#${this.#loops + 1}`
    return { chain: 'binance', asset, price, quantity, eventTimeMs, tradeId }
  }

  /** When the tick is due on the clock: at full speed, right now. */
  #dueMs(tick: Tick, nowMs: number): number {
    if (this.#firstEventMs === null) {
      this.#firstEventMs = tick.eventTimeMs
      this.#startMs = nowMs
    }
    const { speed } = this.#options
    return speed === 'max' ? nowMs : this.#startMs + (tick.eventTimeMs - this.#firstEventMs) / speed
  }

  #emitted(tick: Tick, nowMs: number): void {
    this.#ticks++
    this.#eventTimeMs = tick.eventTimeMs
    if (nowMs - this.#reportedMs < REPORT_EVERY_MS) return
    this.#reportedMs = nowMs
    this.#context.onProgress?.(this.progress())
  }

  /** The next pass goes on 1 ms after the last tick of this one. */
  #endPass(): void {
    if (this.#firstEventMs === null || this.#eventTimeMs === null) {
      throw new ReplayError(
        'REPLAY_FILE_EMPTY',
        `${this.#dump.file} has no trades that can be read. Accepted: ${ACCEPTED}.`,
        {
          setting: '--replay',
          file: this.#dump.file,
        },
      )
    }
    this.#loops++
    this.#bytes = this.#dump.sizeBytes
    this.#shiftMs = this.#eventTimeMs - this.#firstEventMs + 1
  }
}
