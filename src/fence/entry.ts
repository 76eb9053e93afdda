/**
 * What the store holds for one key of a strong keyspace. One string:
 *
 *   V1 <flag> <version>\n<payload>   the latest committed value; expires, to keep memory clean
 *   L <lease>                        a reader is loading; only this lease may fill; expires soon
 *   F <0|1> <token> <token> …        these transactions are about to commit, or did, or died; 1: contended, there
 *                                    were several at a time. Never expires
 *
 * A fence token is `<xid>:<nonce>`: the transaction's 64-bit id, so that anybody can ask PostgreSQL how it ended, and
 * a nonce of its own for every attempt.
 *
 * Invariant: while there is a V, it is the latest committed state. A writer puts up its fence before it commits, so a
 * value never outlives the commit that changes it; what a crash leaves behind is a fence, which makes the key cold.
 */
import { asciiOf, joinPayload, textOf } from '../entry/join.ts'
import type { EncodedValue } from '../entry/values.ts'

/** An entry, taken apart. `unknown` is something that this protocol did not write. */
export type FenceEntry =
  | { readonly kind: 'absent' }
  | { readonly kind: 'value'; readonly value: EncodedValue }
  | { readonly kind: 'lease' }
  | { readonly kind: 'fence'; readonly tokens: readonly string[] }
  | { readonly kind: 'unknown' }

const ABSENT: FenceEntry = { kind: 'absent' }
const LEASE: FenceEntry = { kind: 'lease' }
const UNKNOWN: FenceEntry = { kind: 'unknown' }

const LINE = '\n'.charCodeAt(0)

/** Takes what is stored apart. Never throws. */
export function parseFenceEntry(raw: string | Uint8Array | null): FenceEntry {
  if (raw === null) return ABSENT
  if (typeof raw !== 'string') return parseBytes(raw)
  if (raw.startsWith('V1 ')) {
    const version = raw.indexOf(' ', 3)
    const line = raw.indexOf('\n', version + 1)
    const number = Number(raw.slice(version + 1, line))
    if (version < 0 || line < 0 || !(number > 0)) return UNKNOWN
    return {
      kind: 'value',
      value: { flag: raw.slice(3, version), version: number, payload: raw.slice(line + 1) },
    }
  }
  if (raw.startsWith('F ')) return { kind: 'fence', tokens: raw.slice(4).split(' ') }
  return raw.startsWith('L ') ? LEASE : UNKNOWN
}

function parseBytes(raw: Uint8Array): FenceEntry {
  const line = raw.indexOf(LINE)
  // Leases and fences have one line.
  if (line < 0) return parseFenceEntry(textOf(raw))
  const entry = parseFenceEntry(asciiOf(raw, 0, line + 1))
  return entry.kind === 'value'
    ? { kind: 'value', value: { ...entry.value, payload: raw.subarray(line + 1) } }
    : UNKNOWN
}

/** A value as it is stored. */
export function formatValue({ flag, version, payload }: EncodedValue): string | Buffer {
  return joinPayload(`V1 ${flag} ${version}\n`, payload)
}

/** A fence token. */
export function fenceToken(transactionId: string, nonce: string): string {
  return `${transactionId}:${nonce}`
}

/** The transaction that a token belongs to; undefined for what is no token. */
export function transactionOf(token: string): string | undefined {
  return /^(\d{1,20}):/.exec(token)?.[1]
}
