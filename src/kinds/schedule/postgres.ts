import type { Truth } from '../../truth.ts'
import type { ScheduleStore } from './port.ts'

/** Its name and columns are part of the format. `key` is the namespace, a colon, and the key of the schedule. */
const TABLE = `CREATE TABLE IF NOT EXISTS holdfast_schedule (
  key text PRIMARY KEY,
  last_ms bigint NOT NULL,
  paused boolean NOT NULL DEFAULT false
)`
/** "hf" and a counter, as the other tables have them. */
const TABLE_LOCK = 0x6866_1005
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

/** Schedules as rows of the truth. Those of another `namespace` are others, in the same table. */
export function postgresSchedules<Session>(truth: Truth<Session>, namespace: string): ScheduleStore {
  const rowOf = (key: string): string => `${namespace}:${key}`
  const ask = (statement: string, ...parameters: readonly unknown[]): ReturnType<typeof truth.query> =>
    truth.query(truth.session, statement, parameters)
  return {
    async start() {
      const [found] = await ask("SELECT to_regclass('holdfast_schedule') IS NOT NULL AS known")
      if (found?.['known'] === true) return
      await truth.transaction(async (tx) => {
        await truth.query(tx, `SELECT pg_advisory_xact_lock(${TABLE_LOCK})`)
        await truth.query(tx, TABLE)
      })
    },
    async look(key) {
      const look = `SELECT last_ms::text AS last, paused, ${NOW_MS}::text AS now FROM holdfast_schedule WHERE key = $1`
      let [row] = await ask(look, rowOf(key))
      if (!row) {
        await ask(
          `INSERT INTO holdfast_schedule (key, last_ms) VALUES ($1, ${NOW_MS}) ON CONFLICT (key) DO NOTHING`,
          rowOf(key),
        )
        ;[row] = await ask(look, rowOf(key))
      }
      return {
        lastMs: Number(row?.['last']),
        isPaused: row?.['paused'] === true,
        nowMs: Number(row?.['now']),
      }
    },
    async move(key, fromMs, toMs) {
      const rows = await ask(
        `UPDATE holdfast_schedule SET last_ms = $3::bigint
         WHERE key = $1 AND last_ms = $2::bigint AND NOT paused RETURNING key`,
        rowOf(key),
        fromMs,
        toMs,
      )
      return rows.length > 0
    },
    async setPaused(key, isPaused) {
      await ask(
        `INSERT INTO holdfast_schedule AS known (key, last_ms, paused) VALUES ($1, ${NOW_MS}, $2::boolean)
         ON CONFLICT (key) DO UPDATE SET paused = excluded.paused,
           last_ms = CASE WHEN known.paused AND NOT excluded.paused
             THEN greatest(known.last_ms, excluded.last_ms) ELSE known.last_ms END`,
        rowOf(key),
        isPaused,
      )
    },
  }
}
