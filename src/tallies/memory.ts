import type { Clock } from '../core/clock.ts'
import type { Counted, TallyStore } from './port.ts'

/** Those that were silent the longest go first: states of this process that were closed. */
const MOST_WRITERS = 1_000

interface Slot {
  readonly counts: Map<string, number>
  /** What each counted at its last report, the longest silent first. */
  readonly writers: Map<string, Map<string, number>>
  readonly sinceMs: number
  refreshedMs: number | null
  failedMs: number | null
}

/** Tallies in the memory of one process: the reference semantics. Nobody reports until somebody wants to read. */
export function memoryTallies(clock: Clock): TallyStore {
  const slots = new Map<string, Slot>()
  const reporters = new Set<() => Promise<void>>()

  const open = (keyspace: string): Slot => {
    const known = slots.get(keyspace)
    if (known) return known
    const sinceMs = Math.floor(clock.wall())
    const slot = { counts: new Map(), writers: new Map(), sinceMs, refreshedMs: null, failedMs: null }
    slots.set(keyspace, slot)
    return slot
  }
  const note = (slot: Slot, { refreshAgeMs, failureAgeMs }: Counted): void => {
    const latest = (known: number | null, ageMs: number | undefined): number | null =>
      ageMs === undefined ? known : Math.max(known ?? 0, Math.floor(clock.wall() - ageMs))
    slot.refreshedMs = latest(slot.refreshedMs, refreshAgeMs)
    slot.failedMs = latest(slot.failedMs, failureAgeMs)
  }
  return {
    async report(keyspace, writer, counted) {
      const slot = open(keyspace)
      const isKnown = slot.writers.has(writer)
      const last = slot.writers.get(writer) ?? new Map<string, number>()
      for (const [name, count] of Object.entries(counted.counts)) {
        const added = count - (last.get(name) ?? 0)
        if (added <= 0) continue
        if (isKnown) slot.counts.set(name, (slot.counts.get(name) ?? 0) + added)
        last.set(name, count)
      }
      slot.writers.delete(writer)
      slot.writers.set(writer, last)
      if (slot.writers.size > MOST_WRITERS) slot.writers.delete([...slot.writers.keys()][0] as string)
      note(slot, counted)
      return isKnown
    },

    async read(keyspaces) {
      await Promise.all([...reporters].map((report) => report()))
      return keyspaces.map((keyspace) => {
        const slot = slots.get(keyspace)
        if (!slot) return { counts: {}, sinceMs: null, refreshedMs: null, failedMs: null }
        const { sinceMs, refreshedMs, failedMs } = slot
        return { counts: Object.fromEntries(slot.counts), sinceMs, refreshedMs, failedMs }
      })
    },

    wheneverWanted(report) {
      reporters.add(report)
      return { cancel: () => void reporters.delete(report) }
    },
  }
}
