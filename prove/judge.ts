/**
 * Judges a run: by the logs of all processes, and by what PostgreSQL has in `audit`.
 */
import { contradictions, rankOf } from './linearizable.ts'
import { type Kind, type LoggedOperation, readLogs } from './operation-log.ts'

/** One of the rules was broken. */
export interface Finding {
  readonly rule:
    | 'not linearizable'
    | 'read of what was never committed'
    | 'acknowledged and lost'
    | 'rolled back and committed'
  readonly key: number
  readonly operations: readonly LoggedOperation[]
}

/** What was found, and in how much. */
export interface Verdict {
  readonly operations: number
  readonly byKind: Readonly<Record<Kind, number>>
  readonly count: number
  /** The first of them. */
  readonly findings: readonly Finding[]
}

/** Which attempt wrote which version of which key. */
export type Audit = ReadonlyMap<number, number>

/** The place of a version of a key in an audit. */
export function auditPlace(key: number, version: number): number {
  return key * 2 ** 32 + version
}

/** Operations that are held in memory at a time; more are judged in several passes, some keys each. */
const MOST_AT_ONCE = 6_000_000
const MOST_FINDINGS = 20

/** Which operations are judged. */
export type Choice = (operation: LoggedOperation) => boolean

/**
 * Judges the logs. Without an audit, as in the middle of a run, by their order in time alone. Only the operations that
 * `isJudged` chooses.
 */
export function judge(paths: readonly string[], audit?: Audit, isJudged: Choice = () => true): Verdict {
  const counts = new Map<number, number>()
  const byKind = { read: 0, write: 0, bound: 0, unknown: 0, 'rolled back': 0 }
  const findings: Finding[] = []
  let found = 0
  const report = (finding: Finding): void => {
    found++
    if (findings.length < MOST_FINDINGS) findings.push(finding)
  }
  const committed = new Set(audit?.values())
  readLogs(paths, (operation) => {
    if (!isJudged(operation)) return
    const { kind, key, version, attempt } = operation
    byKind[kind]++
    if (isRanked(kind)) counts.set(key, (counts.get(key) ?? 0) + 1)
    if (!audit) return
    const rule = broken(kind, attempt, audit.get(auditPlace(key, version)), version, committed)
    if (rule) report({ rule, key, operations: [operation] })
  })
  let left = [...counts]
  while (left.length > 0) {
    let sum = 0
    const now = left.filter(([, count], index) => (sum += count) <= MOST_AT_ONCE || index === 0)
    left = left.slice(now.length)
    judgeKeys(paths, new Map(now), isJudged, report)
  }
  return {
    operations: Object.values(byKind).reduce((sum, count) => sum + count, 0),
    byKind,
    count: found,
    findings,
  }
}

function isRanked(kind: Kind): boolean {
  return kind === 'read' || kind === 'write' || kind === 'bound'
}

function broken(
  kind: Kind,
  attempt: number,
  author: number | undefined,
  version: number,
  committed: ReadonlySet<number>,
): Finding['rule'] | undefined {
  switch (kind) {
    case 'read':
      return attempt === 0 || author === attempt || version === 0
        ? undefined
        : 'read of what was never committed'
    case 'write':
      return author === attempt ? undefined : 'acknowledged and lost'
    case 'rolled back':
      return committed.has(attempt) ? 'rolled back and committed' : undefined
    case 'bound':
    case 'unknown':
      return undefined
  }
}

interface Filling {
  count: number
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly ranks: Float64Array
  /** Kind and incarnation, to say who it was. */
  readonly who: Float64Array
  readonly attempts: Float64Array
}

function judgeKeys(
  paths: readonly string[],
  sizes: ReadonlyMap<number, number>,
  isJudged: Choice,
  report: (finding: Finding) => void,
): void {
  const columns = new Map<number, Filling>(
    [...sizes].map(([key, size]) => {
      const column = (): Float64Array => new Float64Array(size)
      const filling = { starts: column(), ends: column(), ranks: column(), who: column(), attempts: column() }
      return [key, { count: 0, ...filling }]
    }),
  )
  readLogs(paths, (operation) => {
    if (!isJudged(operation)) return
    const { kind, key, version, attempt, start, end, incarnation } = operation
    const filling = isRanked(kind) ? columns.get(key) : undefined
    // Those who still write have written more since they were counted.
    if (!filling || filling.count === filling.starts.length) return
    const place = filling.count++
    filling.starts[place] = start
    filling.ends[place] = end
    filling.ranks[place] = rankOf(kind === 'read' ? 'read' : 'write', version)
    filling.who[place] = incarnation
    filling.attempts[place] = attempt
  })
  for (const [key, filling] of columns) {
    const operationAt = (place: number): LoggedOperation => {
      const rank = filling.ranks[place] as number
      return {
        kind: rank % 2 === 1 ? 'read' : 'write',
        key,
        version: Math.floor(rank / 2),
        attempt: filling.attempts[place] as number,
        start: filling.starts[place] as number,
        end: filling.ends[place] as number,
        incarnation: filling.who[place] as number,
      }
    }
    for (const pair of contradictions(filling))
      report({ rule: 'not linearizable', key, operations: pair.map(operationAt) })
  }
}
