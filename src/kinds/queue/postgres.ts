/**
 * Jobs as rows of the truth, for those without Redis. A worker takes rows with FOR UPDATE SKIP LOCKED, so that no two
 * take the same; from then on the row's lease, by the database's clock, says whose it is.
 */
import type { Clock } from '../../core/clock.ts'
import type { Random } from '../../core/random.ts'
import type { Truth } from '../../truth.ts'
import type { JobTable } from './job-table.ts'
import type { JobState, QueueBackends, QueueRules, StoredJob } from './port.ts'
import { tableBackend } from './table-backend.ts'
import { prepareTable } from './prepare.ts'

/** Their names and columns are part of the format. `queue` is the namespace, a colon, and the key of the queue. */
const JOBS = [
  `CREATE TABLE IF NOT EXISTS holdfast_job (
  queue text NOT NULL,
  id text NOT NULL,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'active', 'done', 'dead')),
  priority integer NOT NULL,
  payload text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  at timestamptz NOT NULL,
  token text,
  started_at timestamptz,
  progress text,
  result text,
  reason text,
  added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (queue, id)
)`,
  `CREATE INDEX IF NOT EXISTS holdfast_job_due ON holdfast_job (queue, priority, seq)
  WHERE state IN ('waiting', 'active')`,
  `CREATE INDEX IF NOT EXISTS holdfast_job_ended ON holdfast_job (queue, state, at DESC)
  WHERE state IN ('done', 'dead')`,
]
/** "hf" and a counter, as the other tables have them. */
const JOBS_LOCK = 0x6866_1002
/** For the rate of a queue: with the hash of its key. */
const RATE_LOCK = 0x6866_1003

const SEEN = `id, payload, attempts, progress, result, reason,
  (extract(epoch FROM added_at) * 1000)::float8 AS added,
  CASE WHEN state = 'waiting' AND at > clock_timestamp() THEN 'delayed' ELSE state END AS state`

/** Queues in PostgreSQL. Those of another `namespace` are others, in the same table. */
export function postgresQueues<Session>(
  truth: Truth<Session>,
  namespace: string,
  clock: Clock,
  random: Random,
): QueueBackends {
  return (key, rules) =>
    tableBackend('postgres', postgresTable(truth, `${namespace}:${key}`, rules), rules, clock, random)
}

function postgresTable<Session>(truth: Truth<Session>, key: string, rules: QueueRules): JobTable {
  const ask = (statement: string, ...parameters: readonly unknown[]): ReturnType<typeof truth.query> =>
    truth.query(truth.session, statement, parameters)
  const inMs = (parameter: string): string =>
    `clock_timestamp() + ${parameter}::float8 * interval '1 millisecond'`

  const takeIn = async (session: Session, most: number, token: string): Promise<readonly TakenRow[]> => {
    const rows = await truth.query(
      session,
      `WITH due AS (
         SELECT id FROM holdfast_job
         WHERE queue = $1 AND state IN ('waiting', 'active') AND at <= clock_timestamp()
         ORDER BY priority, seq LIMIT $2::integer FOR UPDATE SKIP LOCKED
       )
       UPDATE holdfast_job AS job SET state = 'active', attempts = job.attempts + 1, token = $3,
         started_at = clock_timestamp(), at = ${inMs('$4')}
       FROM due WHERE job.queue = $1 AND job.id = due.id
       RETURNING job.id, job.payload, job.attempts, job.priority, job.seq::text AS seq`,
      [key, most, token, rules.leaseMs],
    )
    return rows
      .map((row) => ({
        id: String(row['id']),
        payload: String(row['payload']),
        attempt: Number(row['attempts']),
        priority: Number(row['priority']),
        seq: BigInt(String(row['seq'])),
      }))
      .sort((a, b) => a.priority - b.priority || (a.seq < b.seq ? -1 : 1))
  }

  return {
    start: () => prepareTable(truth, 'holdfast_job', JOBS, JOBS_LOCK),
    async insert(jobs) {
      const columns = [
        jobs.map(({ id }) => id),
        jobs.map(({ payload }) => payload),
        jobs.map(({ delayMs }) => delayMs),
        jobs.map(({ priority }) => priority),
      ]
      // One text, whatever arrays a driver knows.
      await ask(
        `INSERT INTO holdfast_job (queue, id, payload, at, priority)
         SELECT $1, job->>0, job->>1, ${inMs('(job->>2)')}, (job->>3)::integer
         FROM json_array_elements($2::json) WITH ORDINALITY AS given (job, place) ORDER BY place
         ON CONFLICT (queue, id) DO NOTHING`,
        key,
        JSON.stringify(jobs.map((_, place) => columns.map((column) => column[place]))),
      )
    },
    async take(most, token) {
      const { rate } = rules
      if (!rate) return takeIn(truth.session, most, token)
      return truth.transaction(async (tx) => {
        // Two that count at once would both see room for the last one.
        const [held] = await truth.query(
          tx,
          `SELECT pg_try_advisory_xact_lock(${RATE_LOCK}, hashtext($1)) AS held`,
          [key],
        )
        if (held?.['held'] !== true) return []
        const [counted] = await truth.query(
          tx,
          `SELECT count(*)::integer AS started FROM holdfast_job
           WHERE queue = $1 AND started_at > ${inMs('-1 * $2')}`,
          [key, rate.perMs],
        )
        const left = Math.min(most, rate.max - Number(counted?.['started']))
        return left > 0 ? takeIn(tx, left, token) : []
      })
    },
    async extend(jobs, token) {
      const rows = await ask(
        `UPDATE holdfast_job SET at = ${inMs('$3')}
         WHERE queue = $1 AND state = 'active' AND token = $2
           AND (id, attempts) IN (SELECT job->>0, (job->>1)::integer FROM json_array_elements($4::json) AS job)
         RETURNING id`,
        key,
        token,
        rules.leaseMs,
        JSON.stringify(jobs.map(({ id, attempt }) => [id, attempt])),
      )
      return rows.map(({ id }) => String(id))
    },
    async finish({ id, attempt }, token, outcome) {
      const state = outcome.state === 'again' ? 'waiting' : outcome.state
      const waitMs = {
        done: rules.keepDoneMs,
        dead: rules.keepDeadMs,
        again: outcome.state === 'again' ? outcome.delayMs : 0,
      }[outcome.state]
      await ask(
        `UPDATE holdfast_job SET state = $5, at = ${inMs('$6')}, token = NULL,
           result = $7, reason = coalesce($8, reason)
         WHERE queue = $1 AND id = $2 AND state = 'active' AND token = $3 AND attempts = $4::integer`,
        key,
        id,
        token,
        attempt,
        state,
        waitMs,
        outcome.state === 'done' ? outcome.result : null,
        outcome.state === 'done' ? null : outcome.reason,
      )
    },
    async report(id, token, attempt, progress) {
      await ask(
        `UPDATE holdfast_job SET progress = $5
         WHERE queue = $1 AND id = $2 AND state = 'active' AND token = $3 AND attempts = $4::integer`,
        key,
        id,
        token,
        attempt,
        progress,
      )
    },
    async find(id) {
      const [row] = await ask(`SELECT ${SEEN} FROM holdfast_job WHERE queue = $1 AND id = $2`, key, id)
      return row && seen(row)
    },
    async counts() {
      const counts: Record<JobState, number> = { waiting: 0, delayed: 0, active: 0, done: 0, dead: 0 }
      const rows = await ask(
        `SELECT state, count(*)::integer AS jobs FROM (
           SELECT ${SEEN} FROM holdfast_job WHERE queue = $1
         ) AS job GROUP BY state`,
        key,
      )
      for (const { state, jobs } of rows) counts[state as JobState] = Number(jobs)
      return counts
    },
    async dead(most) {
      const rows = await ask(
        `SELECT ${SEEN} FROM holdfast_job WHERE queue = $1 AND state = 'dead' ORDER BY at DESC LIMIT $2::integer`,
        key,
        most,
      )
      return rows.map(seen)
    },
    async redrive(id) {
      const rows = await ask(
        `UPDATE holdfast_job SET state = 'waiting', attempts = 0, at = clock_timestamp()
         WHERE queue = $1 AND id = $2 AND state = 'dead' RETURNING id`,
        key,
        id,
      )
      return rows.length > 0
    },
    async remove(id) {
      const rows = await ask(
        `DELETE FROM holdfast_job WHERE queue = $1 AND id = $2 AND state <> 'active' RETURNING id`,
        key,
        id,
      )
      return rows.length > 0
    },
    async sweep() {
      for (const state of ['done', 'dead'])
        await ask(
          `DELETE FROM holdfast_job WHERE queue = $1 AND id IN (
             (SELECT id FROM holdfast_job WHERE queue = $1 AND state = $2 AND at <= clock_timestamp() LIMIT 5000)
             UNION ALL
             (SELECT id FROM holdfast_job WHERE queue = $1 AND state = $2 ORDER BY at DESC
              OFFSET $3::integer LIMIT 5000)
           )`,
          key,
          state,
          rules.mostKept,
        )
    },
  }
}

interface TakenRow {
  readonly id: string
  readonly payload: string
  readonly attempt: number
}

function seen(row: Readonly<Record<string, unknown>>): StoredJob {
  const text = (name: string): string | undefined => {
    const value = row[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    id: String(row['id']),
    state: row['state'] as JobState,
    payload: String(row['payload']),
    attempts: Number(row['attempts']),
    progress: text('progress'),
    result: text('result'),
    reason: text('reason'),
    addedMs: Number(row['added']),
  }
}
