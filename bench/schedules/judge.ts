import { TICK_MS, TOLERANCE_MS } from './beats.ts'

/** When nobody was there: from the last kill until others were started, and until they worked. Since 1970, ms. */
export interface Away {
  readonly fromMs: number
  readonly startedMs: number
  readonly workedMs: number
}

/** What happened. Ticks and times since 1970, ms. */
export interface Observed {
  readonly fired: {
    readonly skip: readonly number[]
    readonly once: readonly number[]
    readonly all: readonly number[]
  }
  readonly killsMs: readonly number[]
  readonly away: readonly Away[]
  readonly fromMs: number
  readonly untilMs: number
}

/** What must be 0. */
export interface Faults {
  /** Fired more than once: of any of the three. */
  readonly doubles: number
  /** Of `all`: never fired. */
  readonly lost: number
  /** Of `skip` and `once`: not fired though somebody was there, and nobody was killed then. */
  readonly unexplained: number
  /** Of `skip`: fired after its time. */
  readonly revived: number
  /** Of `once`: not exactly the latest of those that nobody was there for. */
  readonly wronglyMadeUp: number
}

/** A process that was killed may take one tick with it; it had claimed that shortly before. */
const CLAIMED_BEFORE_MS = 1_000
/** A tick that is due while its next scheduler starts. */
const CLOSE_TO_MS = 500

/** Compares what was fired with what the policies say. */
export function judge({ fired, killsMs, away, fromMs, untilMs }: Observed): Faults {
  const first = Math.ceil(fromMs / TICK_MS) * TICK_MS
  const ticks = Array.from(
    { length: Math.max(0, Math.floor((untilMs - first) / TICK_MS)) },
    (_, n) => first + n * TICK_MS,
  )
  const doubles = Object.values(fired).reduce((sum, each) => sum + each.length - new Set(each).size, 0)
  const has = { skip: new Set(fired.skip), once: new Set(fired.once), all: new Set(fired.all) }
  const isAway = (tick: number): boolean =>
    away.some(
      ({ fromMs: from, workedMs }) => tick > from - CLAIMED_BEFORE_MS && tick < workedMs + CLOSE_TO_MS,
    )
  const isOfKilled = (tick: number): boolean =>
    killsMs.some((killMs) => killMs > tick - CLOSE_TO_MS && killMs < tick + CLAIMED_BEFORE_MS)
  const unexplained = [has.skip, has.once].flatMap((set) =>
    ticks.filter((tick) => !set.has(tick) && !isAway(tick) && !isOfKilled(tick)),
  )
  const gone = ticks.filter((tick) =>
    away.some(({ fromMs: from, startedMs }) => tick > from && tick < startedMs - TOLERANCE_MS),
  )
  const wrongly = away.filter(({ fromMs: from, startedMs, workedMs }) => {
    const madeUp = ticks.filter((tick) => tick > from && tick <= startedMs && has.once.has(tick))
    const isThere = ticks.some((tick) => tick > from && tick <= workedMs + CLOSE_TO_MS && has.once.has(tick))
    const latest = ticks.filter((tick) => tick > from && tick <= startedMs).at(-1)
    return madeUp.length > 1 || !isThere || (madeUp.length === 1 && madeUp[0] !== latest)
  })
  return {
    doubles,
    lost: ticks.filter((tick) => !has.all.has(tick)).length,
    unexplained: unexplained.length,
    revived: gone.filter((tick) => has.skip.has(tick)).length,
    wronglyMadeUp: wrongly.length,
  }
}
