import type { Interval } from './crew.ts'
import type { RedisInterval } from './pressure.ts'

/** A time in which the gate may be closed: from the injection of a fault until it is open again, nanoseconds. */
export interface FaultWindow {
  readonly fault: string
  readonly from: number
  to: number
}

/** What happened outside of all windows. */
export interface Outside {
  /** Keys of strong reads, as the processes count them: answered by Redis, or not. */
  readonly l2Hits: number
  readonly misses: number
  readonly loads: number
  /** Of these, reads of one key right after a change; and those that Redis answered. */
  readonly chases: number
  readonly chaseHits: number
  /** Look-ups of keys, as Redis counts them. */
  readonly redisHits: number
  readonly redisMisses: number
  /** Of all time, how much lies outside. */
  readonly share: number
}

/** Counts what happened outside of all windows. Intervals that touch a window do not count. */
export function outsideOf(
  windows: readonly FaultWindow[],
  intervals: readonly Interval[],
  redis: readonly RedisInterval[],
  from: number,
  to: number,
): Outside {
  const isOutside = (interval: { readonly from: number; readonly to: number }): boolean =>
    interval.from >= from &&
    interval.to <= to &&
    windows.every((window) => interval.to < window.from || interval.from > window.to)
  const sum = <One>(all: readonly One[], of: (one: One) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  const counted = intervals.filter(isOutside).map(({ counts }) => counts)
  const countedByRedis = redis.filter(isOutside)
  return {
    l2Hits: sum(counted, ({ l2Hits }) => l2Hits),
    misses: sum(counted, ({ misses }) => misses),
    loads: sum(counted, ({ loads }) => loads),
    chases: sum(counted, ({ chases }) => chases),
    chaseHits: sum(counted, ({ chaseHits }) => chaseHits),
    redisHits: sum(countedByRedis, ({ hits }) => hits),
    redisMisses: sum(countedByRedis, ({ misses }) => misses),
    share: 1 - inside(windows, from, to) / (to - from),
  }
}

/** How long some window lasted, of the time between two moments. */
function inside(windows: readonly FaultWindow[], from: number, to: number): number {
  let sum = 0
  let reached = from
  for (const window of windows.toSorted((a, b) => a.from - b.from)) {
    const end = Math.min(window.to, to)
    sum += Math.max(0, end - Math.max(window.from, reached))
    reached = Math.max(reached, end)
  }
  return sum
}
