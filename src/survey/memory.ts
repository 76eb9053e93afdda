import type { Listing } from '../core/listing.ts'
import { HEAD_LENGTH, type NamesPage, type StoredName, type SurveyStore } from './port.ts'

const PAGE = 250

/** The parts of a memory store. */
export interface MemoryParts {
  /** Entries and marks, locks, limits: what lies under its own key. */
  readonly plain: readonly Listing[]
  readonly tickets: Listing
  readonly strong: Listing
}

/** Surveys of the memory store: the reference semantics. Sizes are those of texts and names. */
export function memorySurvey({ plain, tickets, strong }: MemoryParts): SurveyStore {
  const find = (name: string): ReturnType<Listing['look']> => {
    if (name.startsWith('~t:')) return tickets.look(name.slice(3))
    if (name.startsWith('~s:')) return strong.look(name.slice(3))
    for (const part of plain) {
      const listed = part.look(name)
      if (listed) return listed
    }
    return undefined
  }
  function* all(): Iterable<StoredName> {
    for (const part of plain) for (const name of living(part)) yield nameOf(name)
    for (const key of living(tickets)) yield { part: 'ticket', key, name: `~t:${key}` }
    for (const name of living(strong))
      yield { part: 'strong', key: name.slice(name.indexOf(':') + 1), name: `~s:${name}` }
  }
  return {
    async *pages(): AsyncIterable<NamesPage> {
      const total = [...plain, tickets, strong].reduce((sum, part) => sum + count(part.keys()), 0)
      let done = 0
      let names: StoredName[] = []
      for (const name of all()) {
        names.push(name)
        if (names.length < PAGE) continue
        done += names.length
        yield { names, share: Math.min(0.99, done / Math.max(1, total)) }
        names = []
      }
      yield { names, share: 1 }
    },

    look: async (names, measured) =>
      names.map((name, index) => {
        const listed = find(name)
        if (!listed) return null
        const { raw, leftMs } = listed
        const bytes = measured[index] ? Buffer.byteLength(name) + Buffer.byteLength(raw) : null
        return { ttlMs: leftMs, head: headOf(raw), bytes }
      }),
  }
}

function nameOf(name: string): StoredName {
  if (name.startsWith('~g:')) return { part: 'mark', key: name.slice(3), name }
  if (name.startsWith('~n:')) return { part: 'tally', key: name.slice(3), name }
  return { part: 'plain', key: name, name }
}

function headOf(raw: string | Uint8Array): string {
  return typeof raw === 'string'
    ? raw.slice(0, HEAD_LENGTH)
    : Buffer.from(raw.subarray(0, HEAD_LENGTH)).toString('latin1')
}

function count(keys: Iterable<string>): number {
  let known = 0
  for (const _ of keys) known++
  return known
}

/** What is over lies there until somebody asks for it. */
function* living(part: Listing): Iterable<string> {
  for (const key of part.keys()) if (part.look(key)) yield key
}
