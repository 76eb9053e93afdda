/**
 * The entry: what the store holds for one key of a cached keyspace. One string, a line of ASCII fields first:
 *
 *   V1 <token> <born> <ttl> <cost> <flag> <version> <marks>\n<payload>
 *
 * `token` is another one for every value ever stored, `born` is in milliseconds of the store's own clock, `ttl` is
 * how long the value counts as fresh (0: not any more), `cost` how many milliseconds its load took, `marks` under
 * which generations it counts (see `generations.ts`).
 *
 * Beside an entry there may be a ticket: the right of one load to store its result. A delete and a set take the ticket
 * away, and a fill needs it; so a load that was overtaken is not stored. A fill also names the token of the entry
 * that it replaces, so that a change by somebody who knows nothing of tickets, such as redis-cli, is not lost either.
 *
 * The format is an API between processes of different releases. A change of meaning takes a new digit.
 */

/** A value entry, taken apart. `payload` is still encoded. */
export interface Entry {
  readonly token: string
  readonly bornMs: number
  readonly ttlMs: number
  readonly costMs: number
  readonly flag: string
  /** The schema version under which the value was stored. */
  readonly version: number
  /** Under which generations it counts. */
  readonly marks: string
  readonly payload: string
}

/** The part of an entry that the writer decides; the store adds token and birth. */
export interface NewValue {
  readonly ttlMs: number
  readonly costMs: number
  readonly flag: string
  readonly version: number
  readonly marks: string
  readonly payload: string
}

/** What a fill replaces: the token of an entry, or one of these. */
export const NO_ENTRY = '-'
/** See `NO_ENTRY`: something that is no entry of a known format. */
export const UNKNOWN_ENTRY = '?'

/** Takes a stored string apart. Undefined for what is no entry of a known format; never throws. */
export function parseEntry(raw: string): Entry | undefined {
  if (!raw.startsWith('V1 ')) return undefined
  // Every read comes through here: looking for the blanks costs half of what splitting does.
  const token = raw.indexOf(' ', 3)
  const born = raw.indexOf(' ', token + 1)
  const ttl = raw.indexOf(' ', born + 1)
  const cost = raw.indexOf(' ', ttl + 1)
  const flag = raw.indexOf(' ', cost + 1)
  const marks = raw.indexOf(' ', flag + 1)
  const line = raw.indexOf('\n', marks + 1)
  if (token < 0 || born < 0 || ttl < 0 || cost < 0 || flag < 0 || marks < 0 || line < 0) return undefined
  const bornMs = Number(raw.slice(token + 1, born))
  const ttlMs = Number(raw.slice(born + 1, ttl))
  const costMs = Number(raw.slice(ttl + 1, cost))
  const version = Number(raw.slice(flag + 1, marks))
  if (!(bornMs >= 0) || !(ttlMs >= 0) || !(costMs >= 0) || !(version > 0)) return undefined
  return {
    token: raw.slice(3, token),
    bornMs,
    ttlMs,
    costMs,
    flag: raw.slice(cost + 1, flag),
    version,
    marks: raw.slice(marks + 1, line),
    payload: raw.slice(line + 1),
  }
}

/** What a fill that replaces `raw` must name. */
export function baseOf(raw: string | null): string {
  if (raw === null) return NO_ENTRY
  return raw.startsWith('V1 ') ? raw.slice(3, raw.indexOf(' ', 3)) : UNKNOWN_ENTRY
}

/** An entry as it is stored. */
export function formatEntry(token: string, bornMs: number, value: NewValue): string {
  return `V1 ${token} ${Math.floor(bornMs)} ${formatTail(value)}`
}

/** An entry from its ttl on: the part that the store does not add. */
export function formatTail(value: NewValue): string {
  return `${value.ttlMs} ${value.costMs} ${value.flag} ${value.version} ${value.marks}\n${value.payload}`
}
