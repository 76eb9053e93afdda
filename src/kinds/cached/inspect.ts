import type { Immutable } from '../../core/immutable.ts'
import type { Entry } from '../../entry/entry.ts'
import { keyIdOf } from '../../entry/packing.ts'
import type { EntryKeeping } from '../../entry/port.ts'
import type { Found } from './found.ts'

/** A value as one tier has it. */
export interface SeenValue<Value> {
  readonly value: Immutable<Value> | null
  readonly ageMs: number
  /** Below zero: it is past its ttl, and kept to be served stale. */
  readonly freshForMs: number
}

/** The entry that the store holds, whether it is of use or not. */
export interface StoredEntry {
  /** How long the store will keep it; null: for good, which nothing of ours is. */
  readonly keptForMs: number | null
  /** What it takes in the store's memory; null when the store does not tell. */
  readonly bytes: number | null
  /**
   * - `counts`: it is what `l2` shows.
   * - `invalidated`: a tag, a group or the keyspace was cleared since.
   * - `unreadable`: another format, or refused by the schema.
   */
  readonly verdict: 'counts' | 'invalidated' | 'unreadable'
  /** The generations under which it counts; null when it is of another format. */
  readonly marks: string | null
  /** Tags that its loader gave. */
  readonly tags: readonly string[]
  /** The schema version under which it was stored; null when it is of another format. */
  readonly version: number | null
  /** The id of the key that its value is sealed with; null when it is not sealed. */
  readonly sealedWith: string | null
}

/** One key as every tier sees it. Null for a tier that has nothing of use. */
export interface Inspection<Value> {
  /** As in the store, without its namespace. */
  readonly key: string
  readonly l1: SeenValue<Value> | null
  readonly l2: SeenValue<Value> | null
  readonly stored: StoredEntry | null
  /** This process is loading it. */
  readonly isLoading: boolean
  /** Another process has the right to load it; which one, nobody knows. It ends by itself after `endsInMs`. */
  readonly loadingElsewhere: { readonly endsInMs: number } | null
}

/** What the store tells of one key. */
export interface Looked<Value> {
  readonly found: Found<Value> | undefined
  readonly stored: StoredEntry | null
  readonly ticketForMs: number | null
}

/** An entry as people see it. */
export function storedEntry(
  { forMs, bytes }: NonNullable<EntryKeeping['entry']>,
  entry: Pick<Entry, 'version' | 'marks' | 'flag'> | undefined,
  tags: readonly string[],
  verdict: StoredEntry['verdict'],
): StoredEntry {
  const marks = entry?.marks.split(';', 1)[0] ?? null
  const sealedWith = (entry && keyIdOf(entry.flag)) ?? null
  return { keptForMs: forMs, bytes, verdict, marks, tags, version: entry?.version ?? null, sealedWith }
}

/** What every tier has of one key. */
export function inspection<Value>(
  key: string,
  memory: Found<Value> | undefined,
  { found, stored, ticketForMs }: Looked<Value>,
  { isLoading, hasTicket }: { readonly isLoading: boolean; readonly hasTicket: boolean },
  nowMs: number,
): Inspection<Value> {
  const seen = (known: Found<Value> | undefined): SeenValue<Value> | null =>
    known ? { value: known.value, ageMs: nowMs - known.bornMs, freshForMs: known.freshUntilMs - nowMs } : null
  const loadingElsewhere = ticketForMs === null || hasTicket ? null : { endsInMs: ticketForMs }
  return { key, l1: seen(memory), l2: seen(found), stored, isLoading, loadingElsewhere }
}
