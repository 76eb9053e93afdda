/**
 * Decides exactly whether a history of one register per key is linearizable.
 *
 * Each write of a key makes the next version of it, by PostgreSQL's own row lock, so the order of writes is known.
 * With rank(write of v) = 2v and rank(read of v) = 2v + 1, a legal order is one of rising ranks; and there is one that
 * agrees with time if and only if no operation ended before another began that has a smaller rank. One sort and one
 * sweep, on columns of numbers: a history may have millions of operations.
 */

/** One operation. Times are of one clock for all processes, whatever its unit. */
export interface Operation {
  readonly key: number
  readonly kind: 'write' | 'read'
  /** What it wrote, or read. */
  readonly version: number
  /** Before it was sent. */
  readonly start: number
  /** After its answer came. */
  readonly end: number
}

/** An operation that came too late for what it saw, and one that had ended before with a newer state. */
export interface Violation {
  readonly earlier: Operation
  readonly later: Operation
}

/** The operations on one key, as columns. */
export interface Columns {
  readonly count: number
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly ranks: Float64Array
}

/** The rank of an operation. */
export function rankOf(kind: Operation['kind'], version: number): number {
  return kind === 'write' ? 2 * version : 2 * version + 1
}

/** Pairs of operations, by their places in the columns: the earlier, and the later that contradicts it. */
export function contradictions({ count, starts, ends, ranks }: Columns): (readonly [number, number])[] {
  const places = (): Uint32Array => Uint32Array.from({ length: count }, (_, index) => index)
  const at = (column: Float64Array, place: number): number => column[place] as number
  const byStart = places().sort((a, b) => at(starts, a) - at(starts, b))
  const byEnd = places().sort((a, b) => at(ends, a) - at(ends, b))
  const found: (readonly [number, number])[] = []
  let next = 0
  let newest = -1
  for (const later of byStart) {
    const startMs = at(starts, later)
    for (; next < count && at(ends, byEnd[next] as number) < startMs; next++) {
      const earlier = byEnd[next] as number
      if (newest < 0 || at(ranks, earlier) > at(ranks, newest)) newest = earlier
    }
    if (newest >= 0 && at(ranks, newest) > at(ranks, later)) found.push([newest, later])
  }
  return found
}

/** For each operation that contradicts one before it, one such pair. Empty: the history is linearizable. */
export function violationsOf(history: readonly Operation[]): Violation[] {
  const byKey = new Map<number, Operation[]>()
  for (const operation of history) {
    const known = byKey.get(operation.key)
    if (known) known.push(operation)
    else byKey.set(operation.key, [operation])
  }
  return [...byKey.values()].flatMap((operations) =>
    contradictions({
      count: operations.length,
      starts: Float64Array.from(operations, ({ start }) => start),
      ends: Float64Array.from(operations, ({ end }) => end),
      ranks: Float64Array.from(operations, ({ kind, version }) => rankOf(kind, version)),
    }).map(([earlier, later]) => ({
      earlier: operations[earlier] as Operation,
      later: operations[later] as Operation,
    })),
  )
}
