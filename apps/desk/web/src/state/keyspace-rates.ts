import type { DeskState } from '../api/shapes.ts'
import { createCell, type ReadonlyCell } from '../cell.ts'
import { readsOf } from './keyspace-counts.ts'

/** How many rates are kept: one minute at a message a second. */
export const RATE_SAMPLES = 60

/** The state layer now, and reads per second of each keyspace over the last minute, oldest first. */
export interface ObservedState {
  readonly state: DeskState
  readonly rates: ReadonlyMap<string, readonly number[]>
}

/** Turns the growing counts that the desk sends into rates. */
export interface KeyspaceRates {
  readonly observed: ReadonlyCell<ObservedState | null>
  readonly accept: (state: DeskState) => void
  readonly clear: () => void
}

/** Starts with nothing observed. */
export function createKeyspaceRates(): KeyspaceRates {
  const observed = createCell<ObservedState | null>(null)
  return {
    observed,
    accept(state) {
      const last = observed.get()
      if (last && state.uptimeMs === last.state.uptimeMs) return
      // An uptime that fell is a restarted desk: its counts begin again, and so does the curve.
      const before = last && state.uptimeMs > last.state.uptimeMs ? last : null
      observed.set({ state, rates: before ? nextRates(before, state) : new Map() })
    },
    clear: () => observed.set(null),
  }
}

function nextRates(before: ObservedState, state: DeskState): ReadonlyMap<string, readonly number[]> {
  const seconds = (state.uptimeMs - before.state.uptimeMs) / 1000
  const readsBefore = new Map(before.state.keyspaces.map((keyspace) => [keyspace.name, readsOf(keyspace)]))
  const rates = new Map<string, readonly number[]>()
  for (const keyspace of state.keyspaces) {
    const reads = readsOf(keyspace)
    const rate = Math.max(0, reads - (readsBefore.get(keyspace.name) ?? reads)) / seconds
    rates.set(keyspace.name, [...(before.rates.get(keyspace.name) ?? []), rate].slice(-RATE_SAMPLES))
  }
  return rates
}

/** Reads per second over the last few samples: steady enough to be read. */
export function currentRate(rates: readonly number[] | undefined): number | null {
  const recent = rates?.slice(-5) ?? []
  return recent.length === 0 ? null : recent.reduce((sum, rate) => sum + rate, 0) / recent.length
}
