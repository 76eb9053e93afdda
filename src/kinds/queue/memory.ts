import type { Clock } from '../../core/clock.ts'
import { systemRandom } from '../../core/random.ts'
import type { JobTable } from './job-table.ts'
import type { JobState, NewJob, QueueBackends, QueueRules, StoredJob } from './port.ts'
import { tableBackend } from './table-backend.ts'

interface Row {
  readonly job: NewJob
  readonly order: number
  readonly addedMs: number
  state: 'waiting' | 'active' | 'done' | 'dead'
  attempts: number
  /** When it is due, or its lease is over, or it may be forgotten. */
  atMs: number
  token: string | undefined
  progress: string | undefined
  result: string | undefined
  reason: string | undefined
}

/** Queues in the memory of one process: the reference semantics. They end with it. */
export function memoryQueues(clock: Clock): QueueBackends {
  const tables = new Map<string, JobTable>()
  return (key, rules) => {
    const known = tables.get(key) ?? memoryTable(clock, rules)
    tables.set(key, known)
    return tableBackend('memory', known, rules, clock, systemRandom)
  }
}

function memoryTable(clock: Clock, rules: QueueRules): JobTable {
  const rows = new Map<string, Row>()
  const starts: number[] = []
  let order = 0
  const isDue = (row: Row): boolean =>
    (row.state === 'waiting' || row.state === 'active') && row.atMs <= clock.now()
  const ofWorker = (id: string, token: string, attempt: number): Row | undefined => {
    const row = rows.get(id)
    return row?.state === 'active' && row.token === token && row.attempts === attempt ? row : undefined
  }
  const stateOf = (row: Row): JobState =>
    row.state === 'waiting' && row.atMs > clock.now() ? 'delayed' : row.state
  const seen = (row: Row): StoredJob => ({
    id: row.job.id,
    state: stateOf(row),
    payload: row.job.payload,
    attempts: row.attempts,
    progress: row.progress,
    result: row.result,
    reason: row.reason,
    addedMs: row.addedMs,
  })
  const ended = (state: 'done' | 'dead'): Row[] =>
    [...rows.values()].filter((row) => row.state === state).sort((a, b) => b.atMs - a.atMs)
  const allowed = (): number => {
    if (!rules.rate) return Infinity
    const sinceMs = clock.now() - rules.rate.perMs
    while (starts[0] !== undefined && starts[0] <= sinceMs) starts.shift()
    return rules.rate.max - starts.length
  }
  return {
    start: async () => undefined,
    async insert(jobs) {
      for (const job of jobs) {
        if (rows.has(job.id)) continue
        rows.set(job.id, {
          job,
          order: order++,
          addedMs: clock.wall(),
          state: 'waiting',
          attempts: 0,
          atMs: clock.now() + job.delayMs,
          token: undefined,
          progress: undefined,
          result: undefined,
          reason: undefined,
        })
      }
    },
    async take(most, token) {
      const due = [...rows.values()]
        .filter(isDue)
        .sort((a, b) => a.job.priority - b.job.priority || a.order - b.order)
        .slice(0, Math.min(most, allowed()))
      return due.map((row) => {
        row.state = 'active'
        row.attempts++
        row.token = token
        row.atMs = clock.now() + rules.leaseMs
        if (rules.rate) starts.push(clock.now())
        return { id: row.job.id, payload: row.job.payload, attempt: row.attempts }
      })
    },
    async extend(jobs, token) {
      return jobs.flatMap(({ id, attempt }) => {
        const row = ofWorker(id, token, attempt)
        if (!row) return []
        row.atMs = clock.now() + rules.leaseMs
        return [id]
      })
    },
    async finish({ id, attempt }, token, outcome) {
      const row = ofWorker(id, token, attempt)
      if (!row) return
      row.token = undefined
      if (outcome.state === 'done') {
        row.state = 'done'
        row.result = outcome.result
        row.atMs = clock.now() + rules.keepDoneMs
      } else {
        row.reason = outcome.reason
        row.state = outcome.state === 'again' ? 'waiting' : 'dead'
        row.atMs = clock.now() + (outcome.state === 'again' ? outcome.delayMs : rules.keepDeadMs)
      }
    },
    async report(id, token, attempt, progress) {
      const row = ofWorker(id, token, attempt)
      if (row) row.progress = progress
    },
    async find(id) {
      const row = rows.get(id)
      return row && seen(row)
    },
    async counts() {
      const counts: Record<JobState, number> = { waiting: 0, delayed: 0, active: 0, done: 0, dead: 0 }
      for (const row of rows.values()) counts[stateOf(row)]++
      return counts
    },
    dead: async (most) => ended('dead').slice(0, most).map(seen),
    async redrive(id) {
      const row = rows.get(id)
      if (row?.state !== 'dead') return false
      row.state = 'waiting'
      row.attempts = 0
      row.atMs = clock.now()
      return true
    },
    async remove(id) {
      const row = rows.get(id)
      return row !== undefined && row.state !== 'active' && rows.delete(id)
    },
    async sweep() {
      for (const state of ['done', 'dead'] as const)
        ended(state).forEach((row, place) => {
          if (place >= rules.mostKept || row.atMs <= clock.now()) rows.delete(row.job.id)
        })
    },
  }
}
