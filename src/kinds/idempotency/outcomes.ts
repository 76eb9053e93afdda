/**
 * Idempotency with PostgreSQL as its memory: one row for each operation.
 *
 *   (none) ──begin──▶ running ──complete──▶ done ── ttl over ──▶ (none)
 *
 * `begin` and `complete` run in the caller's transactions, so the row is there exactly if the first effect is, and
 * the outcome exactly if the last one is. A crash in between leaves `running`: whoever recovers the operation (the
 * desk asks the venue) completes it.
 */
import { createHash } from 'node:crypto'
import {
  ClosedError,
  IdempotencyMismatchError,
  IdempotencyNotBegunError,
  InvalidValueError,
} from '../../core/errors.ts'
import type { Immutable } from '../../core/immutable.ts'
import { json } from '../../codec/json.ts'
import { sealValue, unsealValue } from '../../entry/values.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { sqlText, type Truth } from '../../truth.ts'
import type { IdempotencyKeyspace } from './declare.ts'
import type { Known } from './known.ts'
import {
  FAILED,
  type IdempotentWork,
  idempotentRuns,
  type Ran,
  type RunIdempotentOptions,
  type RunParts,
} from './run.ts'

/** What `begin` found: `new` means that it is yours to do. */
export type Begun<Value> = { readonly state: 'new' } | Known<Value>

/**
 * Idempotency in use. `fingerprint` says what the operation is, as in the text of the request: an id that comes back
 * with another one is refused.
 *
 * Every method may reject with InvalidIdError, ClosedError and with what the database throws.
 */
export interface Idempotency<Id, Value, Session, Changes = unknown> {
  /**
   * Does the operation, or gives what it came to when it was done before. Of all who ask for it, in any process, one
   * does the work; the others wait for it as long as they like, and get the same result, or the same `FinalFailure`. One
   * that dies, or fails in another way, is followed by the next who asks.
   *
   * @throws what `work` throws; FinalFailure, stored; IdempotencyConflictError when it is not done within `wait`;
   * IdempotencyMismatchError; LeaseLostError; what a `write` throws; DeclarationError for a `wait` that is none
   */
  run(
    id: Id,
    fingerprint: string,
    work: IdempotentWork<Value, Session, Changes>,
    options?: RunIdempotentOptions<Value, Session, Changes>,
  ): Promise<Ran<Value>>
  /** What is known of the operation, outside of transactions. @throws IdempotencyMismatchError */
  find(id: Id, fingerprint: string): Promise<Known<Value> | undefined>
  /**
   * Begins the operation in the transaction `tx`, in its first statement if the others must not run twice: one that
   * runs elsewhere under this id at this moment is waited for.
   *
   * @throws IdempotencyMismatchError
   */
  begin(tx: Session, id: Id, fingerprint: string): Promise<Begun<Value>>
  /**
   * Stores the outcome in the transaction `tx`. The first outcome stays: for an operation that is done this does
   * nothing.
   *
   * @throws InvalidValueError, ValueTooLargeError; IdempotencyNotBegunError
   */
  complete(tx: Session, id: Id, result: Value): Promise<void>
  /** Forgets operations whose ttl is over, at most `most`. How many there were. */
  sweep(most?: number): Promise<number>
}

/** Opens declared idempotency on the truth. */
export function openIdempotency<Id extends Readonly<Record<string, string>>, Value, Session, Changes>(
  context: KeyspaceContext,
  keyspace: IdempotencyKeyspace<Id, Value>,
  truth: Truth<Session>,
  write: RunParts<Value, Session, Changes>['write'],
): Idempotency<Id, Value, Session, Changes> {
  // In columns of text.
  const rules = { ...keyspace, codec: json }
  const keyOf = (id: Id): string => {
    if (context.isClosed()) throw new ClosedError()
    return keyspace.pattern.key(id)
  }

  const lookUp = async (session: Session, key: string, print: string): Promise<Known<Value> | undefined> => {
    const [row] = await truth.query(
      session,
      `SELECT fingerprint, flag, payload, (extract(epoch FROM clock_timestamp() - begun_at) * 1000)::float8 AS age,
         (extract(epoch FROM held_until - clock_timestamp()) * 1000)::float8 AS lease_left
       FROM holdfast_idempotency WHERE key = ${sqlText(key)} AND expires_at > clock_timestamp()`,
    )
    if (!row) return undefined
    if (row['fingerprint'] !== print) throw new IdempotencyMismatchError(key)
    const { flag, payload, age, lease_left: left } = row
    if (typeof flag !== 'string' || typeof payload !== 'string') {
      const ageMs = Math.max(0, Number(age))
      return { state: 'running', ageMs, ...(typeof left === 'number' && { leftMs: left }) }
    }
    if (flag === FAILED)
      return { state: 'failed', ...(JSON.parse(payload) as { reason: string; message: string }) }
    const unsealed = unsealValue(rules, { flag, payload, version: keyspace.version })
    if ('problem' in unsealed) throw new InvalidValueError(context.name, unsealed.problem)
    return { state: 'done', result: unsealed.value as Immutable<Value> }
  }

  const run = idempotentRuns<Value, Session, Changes>({
    context,
    truth,
    write,
    ttlMs: keyspace.ttlMs,
    leaseMs: keyspace.leaseMs,
    lookUp: (key, print) => lookUp(truth.session, key, print),
    seal(result) {
      const { value, encoded } = sealValue(context.name, rules, result)
      return { value: value as Immutable<Value>, flag: encoded.flag, payload: encoded.payload }
    },
  })

  return {
    run: async (id, fingerprint, work, options) => run(keyOf(id), digest(fingerprint), work, options),

    find: async (id, fingerprint) => lookUp(truth.session, keyOf(id), digest(fingerprint)),

    async begin(tx, id, fingerprint) {
      const key = keyOf(id)
      const print = digest(fingerprint)
      const expires = `clock_timestamp() + interval '${keyspace.ttlMs} milliseconds'`
      const [taken] = await truth.query(
        tx,
        `INSERT INTO holdfast_idempotency AS known (key, fingerprint, expires_at)
         VALUES (${sqlText(key)}, ${sqlText(print)}, ${expires})
         ON CONFLICT (key) DO UPDATE SET fingerprint = excluded.fingerprint, flag = NULL, payload = NULL,
           holder = NULL, held_until = NULL, attempts = NULL, begun_at = clock_timestamp(), expires_at = excluded.expires_at
         WHERE known.expires_at <= clock_timestamp()
         RETURNING key`,
      )
      if (taken) return { state: 'new' }
      // Gone between the two statements: it expired just now.
      return (await lookUp(tx, key, print)) ?? { state: 'running', ageMs: 0 }
    },

    async complete(tx, id, result) {
      const key = keyOf(id)
      const { flag, payload } = sealValue(context.name, rules, result).encoded
      const [known] = await truth.query(
        tx,
        `UPDATE holdfast_idempotency
         SET flag = coalesce(flag, ${sqlText(flag)}), payload = coalesce(payload, ${sqlText(payload)})
         WHERE key = ${sqlText(key)} RETURNING key`,
      )
      if (!known) throw new IdempotencyNotBegunError(key)
    },

    async sweep(most = 1_000) {
      if (!Number.isInteger(most) || most < 1) throw new RangeError(`${most} is no whole number above 0`)
      const prefix = sqlText(keyspace.pattern.literalPrefix)
      const rows = await truth.query(
        truth.session,
        `DELETE FROM holdfast_idempotency WHERE key IN (
           SELECT key FROM holdfast_idempotency
           WHERE starts_with(key, ${prefix}) AND expires_at <= clock_timestamp() LIMIT ${most}
         ) RETURNING key`,
      )
      return rows.length
    },
  }
}

/** Fingerprints are compared only: a digest has a bounded length, and keeps nothing of the request. */
function digest(fingerprint: string): string {
  return createHash('sha256').update(fingerprint).digest('base64url')
}
