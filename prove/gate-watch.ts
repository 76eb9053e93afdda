/** The gate of a run, as its row in PostgreSQL and the processes tell. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Crew } from './crew.ts'
import { NAMESPACE, type World } from './world.ts'

const EFFECT_WITHIN_MS = 6_000
const RECOVERY_MS = 60_000

/** Resolves when everybody is at work, and reads from Redis. */
export async function recovered(crew: Crew): Promise<void> {
  for (const endMs = performance.now() + RECOVERY_MS; !(crew.isWhole && crew.isTrusting);) {
    if (performance.now() > endMs) throw new Error(`the gate did not open again within ${RECOVERY_MS} ms`)
    await wait(50)
  }
}

/** Every transition of the gate leaves a row, in its own transaction. */
export async function recordGate(world: World): Promise<void> {
  await world.sql(`
    CREATE TABLE gate_log (at timestamptz NOT NULL DEFAULT clock_timestamp(), was text, state text, epoch bigint,
      reason text);
    CREATE FUNCTION log_gate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN INSERT INTO gate_log (was, state, epoch, reason)
        VALUES (OLD.state, NEW.state, NEW.epoch, NEW.reason); RETURN NEW; END $$;
    CREATE TRIGGER log_gate AFTER UPDATE ON holdfast_gate FOR EACH ROW EXECUTE FUNCTION log_gate()`)
}

/** The epoch of an open gate; -1 of another. */
export async function epochOf(world: World): Promise<number> {
  const [row] = await world.sql(
    `SELECT epoch::float8, state FROM holdfast_gate WHERE namespace = '${NAMESPACE}'`,
  )
  return row?.['state'] === 'open' ? Number(row['epoch']) : -1
}

/** Resolves when the gate is open in a later epoch and all trust it; or when nothing has come of the fault. */
export async function reopened(world: World, crew: Crew, epoch: number): Promise<void> {
  const givenUpMs = performance.now() + EFFECT_WITHIN_MS
  for (const endMs = performance.now() + RECOVERY_MS; performance.now() < endMs; await wait(50)) {
    const now = await epochOf(world).catch(() => -1)
    const hasMoved = now > epoch || (now === epoch && performance.now() > givenUpMs)
    if (hasMoved && crew.isTrusting) return
  }
}

/** A step of the gate. */
export interface GateMove {
  /** Calendar time of the host, ms. */
  readonly atMs: number
  readonly was: string
  readonly state: string
  readonly epoch: number
  readonly reason: string
}

/** Its steps since `sinceMs` of calendar time, in their order. */
export async function movesSince(world: World, sinceMs: number): Promise<GateMove[]> {
  const rows = await world.sql(`
    SELECT (extract(epoch FROM at) * 1000)::float8 AS ms, was, state, epoch::float8, reason FROM gate_log
    WHERE was <> state AND extract(epoch FROM at) * 1000 >= ${sinceMs} ORDER BY at`)
  return rows.map((row) => ({
    atMs: Number(row['ms']),
    was: String(row['was']),
    state: String(row['state']),
    epoch: Number(row['epoch']),
    reason: String(row['reason']),
  }))
}

/** The nonce of the present epoch. */
export async function nonceOf(world: World): Promise<string> {
  const [row] = await world.sql(`SELECT nonce FROM holdfast_gate WHERE namespace = '${NAMESPACE}'`)
  return String(row?.['nonce'])
}
