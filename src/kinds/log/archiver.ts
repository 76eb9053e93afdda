/**
 * An archiver carries the lines of one log to PostgreSQL, batch by batch.
 *
 * Guarantee: each line that it reads is stored once, however many processes carry the same log and wherever one dies.
 * Mechanism: the position from which a batch was read is compared and moved on in the transaction that stores it, under
 * the lock of its row; a line's id is its key. Limit: what the store drops by age or length, or loses, before it was
 * read is not there. Numbers have no gap, so it is counted: exactly what was dropped, and at least what was lost. A store
 * that came back with older data is read anew if it has fewer numbers than were carried; once it has as many again, lines
 * under numbers that were carried before are taken for those, and are missing.
 */
import { json } from '../../codec/json.ts'
import { type Clock, sleep } from '../../core/clock.ts'
import { check } from '../../core/standard-schema.ts'
import type { Truth } from '../../truth.ts'
import type { StoredEvent, StreamPage, TopicStore } from '../topic/port.ts'
import { storedLine } from './line.ts'
import type { Archiver } from './log.ts'
import { type ArchivedLine, LogTable, type Position } from './table.ts'

/** What an archiver stands on. */
export interface ArchiverParts<Session> {
  readonly key: string
  readonly topics: TopicStore
  readonly truth: Truth<Session>
  readonly clock: Clock
  readonly keepMs: number
  readonly everyMs: number
  readonly signal: AbortSignal
  lost(count: number): void
  failed(error: unknown): void
}

const BATCH = 500
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 10_000
const SWEEP_EVERY_MS = 60_000

/** Begins to carry lines, until it is stopped or the signal aborts. */
export function startArchiver<Session>(parts: ArchiverParts<Session>): Archiver {
  const { clock, everyMs } = parts
  const stopping = new AbortController()
  const signal = AbortSignal.any([parts.signal, stopping.signal])
  const table = new LogTable(parts.truth, parts.key)
  let isPrepared = false
  let position: Position | undefined
  let sweptMs = clock.now() - SWEEP_EVERY_MS

  /** One batch; whether there may be more at once. */
  const step = async (): Promise<boolean> => {
    if (!isPrepared) await table.prepare()
    isPrepared = true
    position ??= await table.position()
    const from = position
    const page = await parts.topics.read(parts.key, from.seq, BATCH)
    const isOlder = from.line !== '' && page.line === from.line && page.last < from.seq
    const next = isOlder ? anew(from, page, await parts.topics.read(parts.key, 0, 1)) : nextOf(from, page)
    if (!next) return false
    // Forgotten while it is uncertain: the next step asks for it.
    position = undefined
    const carried = await table.carry(from, next.to, next.lines, next.lost)
    position = carried
    if (carried === next.to && next.lost > 0) parts.lost(next.lost)
    return carried !== next.to || next.isBehind
  }
  const sweep = async (): Promise<void> => {
    if (clock.now() - sweptMs < SWEEP_EVERY_MS) return
    const isMore = await table.sweep(parts.keepMs)
    if (!isMore) sweptMs = clock.now()
  }
  const run = async (): Promise<void> => {
    let retryMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      let waitMs = everyMs
      try {
        if (await step()) waitMs = 0
        else await sweep()
        retryMs = FIRST_RETRY_MS
      } catch (error) {
        parts.failed(error)
        waitMs = retryMs
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
      }
      if (waitMs > 0) await sleep(clock, waitMs, signal).catch(() => undefined)
    }
  }
  const done = run()
  return {
    done,
    async stop() {
      stopping.abort()
      await done
      while (await step());
    },
  }
}

/** Where a page leads, and what is missing before it. */
interface Next {
  readonly to: Position
  readonly lines: readonly ArchivedLine[]
  readonly lost: number
  readonly isBehind: boolean
}

/** All that the store has is looked at again: lines that were carried are known by their ids. */
function anew(from: Position, { line, last }: StreamPage, { events: [first] }: StreamPage): Next {
  const seq = (first?.seq ?? last + 1) - 1
  return { to: { line, seq, seen: last }, lines: [], lost: Math.max(0, from.seen - from.seq), isBehind: true }
}

/** Undefined when there is nothing new. */
function nextOf(from: Position, { line, last, events }: StreamPage): Next | undefined {
  // Nothing at all is known of a stream whose numbers were forgotten, until the next line begins new ones.
  if (line === '') return undefined
  if (from.line !== '' && line !== from.line) {
    // Of the new numbers nothing was read yet.
    return {
      to: { line, seq: 0, seen: 0 },
      lines: [],
      lost: Math.max(0, from.seen - from.seq),
      isBehind: true,
    }
  }
  const seq = events.at(-1)?.seq ?? last
  if (seq === from.seq && line === from.line && last === from.seen) return undefined
  const first = events[0]?.seq ?? last + 1
  // Of a log that nobody carried yet nothing is missed.
  const lost = from.line === '' ? 0 : first - from.seq - 1
  const lines = events.flatMap(lineIn)
  return { to: { line, seq, seen: last }, lines, lost, isBehind: seq < last }
}

function lineIn({ event, payload }: StoredEvent): ArchivedLine[] {
  try {
    const checked = check(storedLine, json.decode(payload.slice(0, 1), payload.slice(1)))
    return 'value' in checked ? [{ event, line: checked.value }] : []
  } catch {
    // Whoever follows the log is told of it: see `holdfast:bad-entry`.
    return []
  }
}
