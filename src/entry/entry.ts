/**
 * The entry: what the store holds for one key of a cached keyspace. One string, a line of ASCII fields first.
 *
 *   V1 <token> <born> <ttl> <flag> <version>\n<payload>     a value
 *   L1 <ticket>                                             nothing yet; the holder of the ticket is loading
 *   R1 <ticket> <until> V1 …                                a value, and the holder of the ticket is loading its successor
 *
 * `born` and `until` are milliseconds of the store's own clock, `ttl` is how long the value counts as fresh. Only the
 * holder of the ticket may fill the entry. A delete removes the ticket with the entry, a set replaces it: so a load
 * that was overtaken finds its ticket gone, and what it read is not stored.
 *
 * The format is an API between processes of different releases. A change of meaning takes a new digit.
 */

/** A value entry, taken apart. `payload` is still encoded. */
export interface ValueEntry {
  readonly state: 'value'
  readonly bornMs: number
  readonly ttlMs: number
  readonly flag: string
  /** The schema version under which the value was stored. */
  readonly version: number
  readonly payload: string
  /** Somebody is loading the successor. */
  readonly refreshing: boolean
}

/** What one key holds. */
export type Entry = ValueEntry | { readonly state: 'loading' } | { readonly state: 'unreadable' }

/** The part of a value entry that the writer decides; the store adds ticket and birth. */
export interface NewValue {
  readonly ttlMs: number
  readonly flag: string
  readonly version: number
  readonly payload: string
}

const LOADING: Entry = { state: 'loading' }
const UNREADABLE: Entry = { state: 'unreadable' }

/** Takes a stored string apart. Never throws: what is no entry of a known format is `unreadable`. */
export function parseEntry(raw: string): Entry {
  if (raw.startsWith('V1 ')) return parseValue(raw, 0, false)
  if (raw.startsWith('L1 ')) return LOADING
  if (raw.startsWith('R1 ')) {
    const until = raw.indexOf(' ', 3)
    const value = raw.indexOf(' ', until + 1)
    if (until > 0 && value > 0 && raw.startsWith('V1 ', value + 1)) return parseValue(raw, value + 1, true)
  }
  return UNREADABLE
}

function parseValue(raw: string, start: number, refreshing: boolean): Entry {
  const lineEnd = raw.indexOf('\n', start)
  if (lineEnd < 0) return UNREADABLE
  const [, , born, ttl, flag, version, more] = raw.slice(start, lineEnd).split(' ')
  const bornMs = Number(born)
  const ttlMs = Number(ttl)
  if (flag === undefined || version === undefined || more !== undefined || !(bornMs >= 0) || !(ttlMs > 0))
    return UNREADABLE
  return {
    state: 'value',
    bornMs,
    ttlMs,
    flag,
    version: Number(version),
    payload: raw.slice(lineEnd + 1),
    refreshing,
  }
}

/** The line and payload of a value entry, from the ttl on: what follows `V1 <token> <born> `. */
export function formatTail(value: NewValue): string {
  return `${value.ttlMs} ${value.flag} ${value.version}\n${value.payload}`
}
