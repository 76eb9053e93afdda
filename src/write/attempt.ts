import { StoreUnavailableError, TooManyKeysError, WriteRolledBackError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import { fenceToken } from '../fence/entry.ts'
import type { Fences, KeptValue } from '../fence/port.ts'
import { SERVER_LIFE } from '../fence/transaction-status.ts'
import type { Admission, Gate } from '../gate/port.ts'
import type { OutboxMessage } from '../outbox/message.ts'
import { hasSqlState, queryAll, type Truth } from '../truth.ts'
import type { Change } from './changes.ts'
import type { WriteTarget } from './target.ts'

/** What an attempt stands on. */
export interface AttemptParts<Session> {
  readonly truth: Truth<Session>
  readonly gate: Gate | undefined
  readonly random: Random
  readonly outbox: WriteOutbox | undefined
}

/** What a write needs of the outbox. */
export interface WriteOutbox {
  /** What leaves `messages` in it, as the last statement of a transaction that changes anything. */
  statement(messages: readonly OutboxMessage[]): string
  /** A transaction that left some has committed. */
  committed(): void
}

/** A fence that may stand on every key of an attempt. */
export interface PutUp {
  readonly fences: Fences
  readonly token: string
}

/** More strong keys than this are not fenced at once. */
const MOST_FENCED = 1_000

const TRANSACTION = `SELECT pg_current_xact_id()::text AS id, ${SERVER_LIFE} AS life,
  current_setting('transaction_isolation') AS isolation`
// A deferred trigger would change rows at the COMMIT, after they were read. So it acts now.
const ACT_NOW = 'SET CONSTRAINTS ALL IMMEDIATE'

type Row = Readonly<Record<string, unknown>>

/** One transaction of a write, from the end of its body on. A driver that runs a body again makes another one. */
export class Attempt<Session> {
  readonly transactionId: string
  /** The life of the server that `transactionId` is of. */
  readonly life: unknown
  readonly changes: readonly Change<Session>[]
  /** Whether it left something in the outbox. */
  readonly emits: boolean
  /** Every strong key of the changes. */
  readonly keys: readonly string[]
  /** Fences that may stand on the keys, the one that counts last. */
  readonly putUp: PutUp[] = []
  /** What `put` read, by key. */
  readonly values: Map<string, KeptValue> = new Map()
  /** Only the COMMIT is left to do, or was done. Before that there is none. */
  isReady = false
  readonly #parts: AttemptParts<Session>
  readonly #isReadCommitted: boolean
  #admission: Admission | undefined

  private constructor(
    parts: AttemptParts<Session>,
    changes: readonly Change<Session>[],
    emits: boolean,
    transaction: Row | undefined,
  ) {
    this.#parts = parts
    this.changes = changes
    this.emits = emits
    this.keys = strongKeys(changes)
    this.transactionId = String(transaction?.['id'])
    this.life = transaction?.['life']
    // As it is, not as it was asked for: the database may have another default, or the body have chosen.
    this.#isReadCommitted = transaction?.['isolation'] === 'read committed'
  }

  /**
   * Begins the end of the transaction `tx`: its statements are done. One round trip: the transaction gets its id, and
   * *then*, by a statement with a snapshot of its own, the gate is read. Whoever opens the gate waits for those whose
   * id is older than the opening, so that none of them read that it is closed and is forgotten.
   *
   * @throws WriteRolledBackError
   */
  static async begin<Session>(
    parts: AttemptParts<Session>,
    tx: Session,
    changes: readonly Change<Session>[],
    messages: readonly OutboxMessage[],
  ): Promise<Attempt<Session>> {
    const { truth, gate, outbox } = parts
    const hasKeys = strongKeys(changes).length > 0
    const statements = [
      ...(changes.some(({ isPut }) => isPut) ? [ACT_NOW] : []),
      // Deferred triggers before it may lock rows, too; the doomed fail here as they would below.
      ...(outbox && messages.length > 0 ? [outbox.statement(messages)] : []),
      TRANSACTION,
      ...(hasKeys && gate?.statement !== undefined ? [gate.statement] : []),
    ]
    const answers = await refuseDoomed(queryAll(truth, tx, statements))
    const [transaction] = answers[statements.indexOf(TRANSACTION)] ?? []
    const attempt = new Attempt(parts, changes, messages.length > 0, transaction)
    if (hasKeys && gate) await attempt.#askGate(gate, answers.at(-1)?.[0])
    return attempt
  }

  /** Makes everything ready for the COMMIT. @throws the store's errors, WriteRolledBackError; what the loaders throw */
  async prepare(tx: Session): Promise<void> {
    await this.#fence(tx)
    if (this.#admission?.mayApply === true && this.#isReadCommitted) await this.#readPuts(tx)
    if (this.#admission?.stands() === false)
      throw new StoreUnavailableError('fence: the store was restarted, replaced or flushed before the commit')
    this.isReady = true
  }

  async #askGate(gate: Gate, rowInside: Row | undefined): Promise<void> {
    const { truth } = this.#parts
    // A session beside ours is one too many where there is only one; but then nobody can have moved the gate.
    const isInside = this.#isReadCommitted || truth.isOneSession === true || gate.statement === undefined
    // Another snapshot than the transaction's, which may be older than a closing or an opening of the gate.
    const [row] = isInside ? [rowInside] : await truth.query(truth.session, gate.statement)
    this.#admission = gate.admit(row)
  }

  /** Puts the fence on every key, if the gate wants one. Not acknowledged: once more, if the gate still wants it. */
  async #fence(tx: Session): Promise<void> {
    const { gate, truth } = this.#parts
    if (!gate || !this.#admission?.fences) return
    if (this.keys.length > MOST_FENCED) throw new TooManyKeysError(this.keys.length, MOST_FENCED)
    try {
      await this.#tryToFence()
    } catch {
      if (gate.statement !== undefined) {
        const isInside = this.#isReadCommitted || truth.isOneSession === true
        const [row] = isInside ? await truth.query(tx, gate.statement) : []
        await this.#askGate(gate, row)
      }
      await this.#tryToFence().catch((error: unknown) => {
        gate.cannotFence()
        throw error
      })
    }
  }

  async #tryToFence(): Promise<void> {
    const fences = this.#admission?.fences
    if (!fences) return
    // Another nonce each time: the first command may still arrive, after this write has settled its own.
    const token = fenceToken(this.transactionId, this.#parts.random.token())
    this.putUp.push({ fences, token })
    await fences.fence(this.keys, token)
  }

  /** Reads the rows of `put`, those of a keyspace at a time. */
  async #readPuts(tx: Session): Promise<void> {
    const puts = new Map<WriteTarget<Session>, Change<Session>[]>()
    for (const change of this.changes)
      if (change.isPut) puts.set(change.target, [...(puts.get(change.target) ?? []), change])
    if (puts.size === 0) return
    for (const [{ valuesInside }, changes] of puts) {
      const values = await valuesInside?.(
        tx,
        changes.map(({ id }) => id),
      )
      changes.forEach(({ key }, index) => {
        const value = values?.[index]
        if (value) this.values.set(key, value)
      })
    }
    // A loader may have swallowed an error as well as the body.
    const { truth } = this.#parts
    if (truth.noticesRollback !== true) await refuseDoomed(truth.query(tx, 'SELECT 1'))
  }
}

function strongKeys<Session>(changes: readonly Change<Session>[]): string[] {
  return changes.filter(({ target }) => target.how === 'fence').map(({ key }) => key)
}

function refuseDoomed<Result>(statement: Promise<Result>): Promise<Result> {
  return statement.catch((error: unknown) => {
    throw isDoomed(error) ? new WriteRolledBackError(error) : error
  })
}

/** PostgreSQL's "current transaction is aborted", however deep the driver wrapped it. */
function isDoomed(error: unknown): boolean {
  return hasSqlState(error, ['25P02'])
}
