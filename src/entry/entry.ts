import { asciiOf, joinPayload } from './join.ts'
import type { EncodedValue } from './values.ts'

/**
 * The entry: what the store holds for one key of a cached keyspace. One string, a line of ASCII fields first:
 *
 *   V1 <token> <born> <ttl> <cost> <flag> <version> <marks>\n<payload>
 *
 * `token` is another one for every value ever stored, `born` is in milliseconds of the store's own clock, `ttl` is
 * how long the value counts as fresh (0: not any more), `cost` how many milliseconds its load took, `marks` under
 * which generations it counts (see `generations.ts`). `flag` says how the payload is to be read (see `packing.ts`); it
 * may be no text, and then the entry is read as bytes.
 *
 * Beside an entry there may be a ticket: the right of one load to store its result. A delete and a set take the ticket
 * away, and a fill needs it; so a load that was overtaken is not stored. A fill also names the token of the entry
 * that it replaces, so that a change by somebody who knows nothing of tickets, such as redis-cli, is not lost either.
 *
 * The format is an API between processes of different releases. A change of meaning takes a new digit.
 */

/** An entry as it is stored. */
export type RawEntry = string | Uint8Array

/** The part of an entry that the writer decides; the store adds token and birth. */
export interface NewValue extends EncodedValue {
  readonly ttlMs: number
  readonly costMs: number
  /** Under which generations it counts. */
  readonly marks: string
}

/** A value entry, taken apart. `payload` is still encoded. */
export interface Entry extends NewValue {
  readonly bornMs: number
}

/** What a fill replaces: the token of an entry, or one of these. */
export const NO_ENTRY = '-'
/** See `NO_ENTRY`: something that is no entry of a known format. */
export const UNKNOWN_ENTRY = '?'

const LINE = '\n'.charCodeAt(0)
const BLANK = ' '.charCodeAt(0)

/** Takes what is stored apart. Undefined for what is no entry of a known format; never throws. */
export function parseEntry(raw: RawEntry): Entry | undefined {
  if (typeof raw !== 'string') return parseBytes(raw)
  // Every read comes through here: one pass, and no text is made of what is a number or is not asked for.
  if (!raw.startsWith('V1 ')) return undefined
  const token = raw.indexOf(' ', 3)
  if (token < 0) return undefined
  const bornMs = wholeNumber(raw, token + 1)
  const ttlMs = wholeNumber(raw, numberEnd + 1)
  const costMs = wholeNumber(raw, numberEnd + 1)
  const flagAt = numberEnd + 1
  const flagEnd = raw.indexOf(' ', flagAt)
  const version = wholeNumber(raw, flagEnd + 1)
  const marksAt = numberEnd + 1
  const line = raw.indexOf('\n', marksAt)
  if (bornMs < 0 || ttlMs < 0 || costMs < 0 || flagEnd < 0 || version < 1 || line < 0) return undefined
  return new ParsedEntry(
    bornMs,
    ttlMs,
    costMs,
    raw.slice(flagAt, flagEnd),
    version,
    raw.slice(marksAt, line),
    raw.slice(line + 1),
  )
}

/**
 * What every read makes is a class: V8 puts literals of a place whose objects once lived long, as those of an L1 do,
 * among the old from then on, where they keep dead texts and values alive until the next full collection.
 */
class ParsedEntry implements Entry {
  readonly bornMs: number
  readonly ttlMs: number
  readonly costMs: number
  readonly flag: string
  readonly version: number
  readonly marks: string
  readonly payload: string

  constructor(
    bornMs: number,
    ttlMs: number,
    costMs: number,
    flag: string,
    version: number,
    marks: string,
    payload: string,
  ) {
    this.bornMs = bornMs
    this.ttlMs = ttlMs
    this.costMs = costMs
    this.flag = flag
    this.version = version
    this.marks = marks
    this.payload = payload
  }
}

/** Where the number ended that was read last. */
let numberEnd = 0

/** The number that begins at `start` and ends with a blank; -1 when something else stands there. */
function wholeNumber(text: string, start: number): number {
  let number = 0
  let index = start
  for (; ; index++) {
    const digit = text.charCodeAt(index) - 48
    // Not so at the end of the text, where there is no digit either.
    if (!(digit >= 0 && digit <= 9)) break
    number = number * 10 + digit
  }
  numberEnd = index
  return index > start && text.charCodeAt(index) === BLANK ? number : -1
}

function parseBytes(raw: Uint8Array): Entry | undefined {
  const line = raw.indexOf(LINE)
  const entry = line < 0 ? undefined : parseEntry(asciiOf(raw, 0, line + 1))
  return entry && { ...entry, payload: raw.subarray(line + 1) }
}

/** What a fill that replaces `raw` must name. */
export function baseOf(raw: RawEntry | null): string {
  if (raw === null) return NO_ENTRY
  if (typeof raw === 'string')
    return raw.startsWith('V1 ') ? raw.slice(3, raw.indexOf(' ', 3)) : UNKNOWN_ENTRY
  const isEntry = raw.length > 3 && asciiOf(raw, 0, 3) === 'V1 '
  return isEntry ? asciiOf(raw, 3, Math.max(3, raw.indexOf(BLANK, 3))) : UNKNOWN_ENTRY
}

/** An entry as it is stored. */
export function formatEntry(token: string, bornMs: number, value: NewValue): string | Buffer {
  return joinPayload(`V1 ${token} ${Math.floor(bornMs)} ${fieldsOf(value)}\n`, value.payload)
}

/** An entry from its ttl on: the part that the store does not add. */
export function formatTail(value: NewValue): string | Buffer {
  return joinPayload(`${fieldsOf(value)}\n`, value.payload)
}

function fieldsOf({ ttlMs, costMs, flag, version, marks }: NewValue): string {
  return `${ttlMs} ${costMs} ${flag} ${version} ${marks}`
}
