import type { Payload } from '../codec/codec.ts'
import type { Clock } from '../core/clock.ts'
import type { ConformanceCase } from '../core/conformance.ts'
import { NO_ENTRY, type NewValue, parseEntry } from './entry.ts'
import type { EntryStore, Fill } from './port.ts'

/** What the suite needs: clients of one store, and keys that nobody used before. */
export interface EntryHarness {
  /** A client with a connection of its own, and what it was told that others changed. */
  client(): Promise<EntryClient>
  /** The clock with which the store was opened. */
  readonly clock: Clock
  /** A key that this run did not use yet. */
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** One client of the store under test. */
export interface EntryClient {
  readonly entries: EntryStore
  readonly changed: readonly string[]
  readonly ticketsChanged: readonly string[]
}

/** Longer than any test. */
export const LONG_MS: number = 60_000

/** A value entry that says `payload`. */
export function value(payload: Payload, ttlMs: number = LONG_MS): NewValue {
  return { ttlMs, costMs: 7, flag: 'j', version: 1, marks: 'm', payload }
}

/** What the entry under `key` says. */
export async function payloadOf(entries: EntryStore, key: string): Promise<Payload | undefined> {
  return parseEntry((await entries.read(key)) ?? '')?.payload
}

/** Takes the ticket of one key. The ticket that stands. */
export async function claim(
  entries: EntryStore,
  key: string,
  ticket: string,
  leaseMs: number = LONG_MS,
): Promise<string> {
  const [holder] = await entries.claimMany([key], [ticket], leaseMs)
  return holder as string
}

/** Fills one key; one that is absent unless told. */
export async function fill(
  entries: EntryStore,
  what: Pick<Fill, 'key' | 'ticket' | 'value'> & Partial<Fill>,
): Promise<boolean> {
  const [isStored] = await entries.fillMany([{ base: NO_ENTRY, ageMs: 0, keepMs: LONG_MS, ...what }])
  return isStored as boolean
}

/** One case of the suite. */
export type Case = ConformanceCase<EntryHarness>

/** A case with one client and one fresh key, which is all that most need. */
export function one(
  name: string,
  run: (entries: EntryStore, key: string, harness: EntryHarness) => Promise<void>,
): Case {
  return { name, run: async (harness) => run((await harness.client()).entries, harness.freshKey(), harness) }
}
