/**
 * Decides exactly whether a history of one register per key is linearizable.
 *
 * Each write of a key makes the next version of it, by PostgreSQL's own row lock, so the order of writes is known.
 * With rank(write of v) = 2v and rank(read of v) = 2v + 1, a legal order is one of rising ranks; and there is one that
 * agrees with time if and only if no operation ended before another began that has a smaller rank.
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

/** For each operation that contradicts one before it, one such pair. Empty: the history is linearizable. */
export function violationsOf(history: readonly Operation[]): Violation[] {
  const byKey = new Map<number, Operation[]>()
  for (const operation of history) {
    const known = byKey.get(operation.key)
    if (known) known.push(operation)
    else byKey.set(operation.key, [operation])
  }
  return [...byKey.values()].flatMap(violationsOfOne)
}

function rank({ kind, version }: Operation): number {
  return kind === 'write' ? 2 * version : 2 * version + 1
}

function violationsOfOne(history: readonly Operation[]): Violation[] {
  const ended = history.toSorted((a, b) => a.end - b.end)
  const violations: Violation[] = []
  let next = 0
  let newest: Operation | undefined
  for (const later of history.toSorted((a, b) => a.start - b.start)) {
    for (let earlier = ended[next]; earlier && earlier.end < later.start; earlier = ended[++next]) {
      if (!newest || rank(earlier) > rank(newest)) newest = earlier
    }
    if (newest && rank(newest) > rank(later)) violations.push({ earlier: newest, later })
  }
  return violations
}
