/**
 * Attempts: what became of the exits that positions were due for, so that one runs at a time and none is tried in
 * a rush.
 *
 *   free ──begin──▶ in flight ──┬─ done ────▶ free, once the position is read as the order left it
 *                               ├─ failed ──▶ waiting ──▶ free, with the next number: nothing moved
 *                               └─ unclear ─▶ waiting ──▶ free, with the same number: it may have moved
 *
 * The number is a part of the order's key. A position that has changed (its version grew) begins at 1 again.
 */

/** How an attempt ended. `retryAfterMs`: what whoever refused it asked for. */
export interface Outcome {
  readonly kind: 'done' | 'failed' | 'unclear'
  readonly retryAfterMs?: number | undefined
  /** It ended so before: this process or another one had made it already. */
  readonly replayed?: boolean | undefined
}

/** A position, as far as attempts go. */
export interface Attempted {
  readonly id: string
  readonly version: number
}

/** The attempts of all positions. Times are ms on any clock, as long as it is always the same. */
export interface Attempts {
  /** The number of the attempt that the position may make now; undefined while it may make none. */
  next(position: Attempted, nowMs: number): number | undefined
  /** The attempt that `next` allowed is made. */
  begin(position: Attempted): void
  end(position: Attempted, outcome: Outcome, nowMs: number): void
  /** Forgets a position that is open no more; one with an attempt in flight, when that ends. */
  forget(id: string): void
  /** Whether the last attempt of a position did not get through. */
  isFailing(id: string): boolean
  /** Positions whose last attempts did not get through, with how many in a row. */
  failing(): ReadonlyMap<string, number>
}

interface State {
  version: number
  number: number
  failures: number
  notBeforeMs: number
  inFlight: boolean
  isForgotten: boolean
}

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 30_000
/** 250 ms doubled so often is more than the longest wait. */
const MOST_DOUBLINGS = 7

/** No attempts yet. */
export function createAttempts(): Attempts {
  const states = new Map<string, State>()
  const fresh = (version: number): State => {
    return { version, number: 1, failures: 0, notBeforeMs: -Infinity, inFlight: false, isForgotten: false }
  }
  return {
    next({ id, version }, nowMs) {
      const state = states.get(id)
      if (state) state.isForgotten = false
      if (!state || (state.version < version && !state.inFlight)) return 1
      // Read before its own last change: what is decided on it is out of date.
      if (state.inFlight || version < state.version || nowMs < state.notBeforeMs) return undefined
      return state.number
    },
    begin({ id, version }) {
      const known = states.get(id)
      const state = known?.version === version ? known : fresh(version)
      state.inFlight = true
      states.set(id, state)
    },
    end({ id, version }, { kind, retryAfterMs = 0, replayed = false }, nowMs) {
      const state = states.get(id)
      if (!state) return
      if (state.isForgotten) return void states.delete(id)
      if (kind === 'done') return void states.set(id, fresh(version + 1))
      if (kind === 'failed') state.number++
      const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(state.failures, MOST_DOUBLINGS))
      state.inFlight = false
      // Nothing was tried now: after a restart the attempts of before are not waited for once more.
      if (kind === 'failed' && replayed) return
      state.failures++
      state.notBeforeMs = nowMs + Math.max(waitMs, retryAfterMs)
    },
    forget(id) {
      const state = states.get(id)
      if (state?.inFlight) state.isForgotten = true
      else states.delete(id)
    },
    isFailing: (id) => (states.get(id)?.failures ?? 0) > 0,
    failing: () =>
      new Map([...states].flatMap(([id, { failures }]) => (failures > 0 ? [[id, failures] as const] : []))),
  }
}
