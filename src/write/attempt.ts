import { StoreUnavailableError, WriteRolledBackError } from '../core/errors.ts'
import type { Random } from '../core/random.ts'
import type { EncodedValue } from '../entry/values.ts'
import { fenceToken } from '../fence/entry.ts'
import type { FenceStore } from '../fence/port.ts'
import { SERVER_LIFE } from '../fence/transaction-status.ts'
import type { Truth } from '../truth.ts'
import type { Change } from './changes.ts'

/** What an attempt stands on. */
export interface AttemptParts<Session> {
  readonly truth: Truth<Session>
  readonly fences: FenceStore
  readonly random: Random
}

/** One transaction of a write, from the end of its body on. A driver that runs a body again makes another one. */
export class Attempt<Session> {
  readonly transactionId: string
  /** The life of the server that `transactionId` is of. */
  readonly life: unknown
  readonly changes: readonly Change<Session>[]
  /** Every strong key of the changes. */
  readonly keys: readonly string[]
  /** Tokens that may stand on the keys, the one that counts last. */
  readonly tokens: string[] = []
  /** What `put` read, by key. */
  readonly values: Map<string, { readonly value: EncodedValue; readonly keepMs: number }> = new Map()
  /** Only the COMMIT is left to do, or was done. Before that there is none. */
  isReady = false
  readonly #parts: AttemptParts<Session>
  readonly #mayPut: boolean
  /** The run of the store in which the fences stand. */
  #run: string | undefined

  private constructor(
    parts: AttemptParts<Session>,
    changes: readonly Change<Session>[],
    transactionId: string,
    life: unknown,
    mayPut: boolean,
  ) {
    this.#parts = parts
    this.#mayPut = mayPut
    this.changes = changes
    this.keys = changes.filter(({ target }) => target.how === 'fence').map(({ key }) => key)
    this.transactionId = transactionId
    this.life = life
  }

  /** Begins the end of the transaction `tx`: its statements are done. @throws WriteRolledBackError */
  static async begin<Session>(
    parts: AttemptParts<Session>,
    tx: Session,
    changes: readonly Change<Session>[],
  ): Promise<Attempt<Session>> {
    const [row] = await refuseDoomed(
      parts.truth.query(
        tx,
        `SELECT pg_current_xact_id()::text AS id, ${SERVER_LIFE} AS life,
           current_setting('transaction_isolation') AS isolation`,
      ),
    )
    // As it is, not as it was asked for: the database may have another default, or the body have chosen.
    const mayPut = row?.['isolation'] === 'read committed'
    return new Attempt(parts, changes, String(row?.['id']), row?.['life'], mayPut)
  }

  /** Makes everything ready for the COMMIT. @throws the store's errors, WriteRolledBackError; what the loaders throw */
  async prepare(tx: Session): Promise<void> {
    const puts = this.#mayPut ? this.changes.filter(({ isPut }) => isPut) : []
    const { truth } = this.#parts
    // A deferred trigger would change rows at the COMMIT, after they were read. So it acts now.
    const acted = puts.length > 0 ? truth.query(tx, 'SET CONSTRAINTS ALL IMMEDIATE') : undefined
    const steps = await Promise.allSettled([this.fence(), acted])
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    for (const { target, id, key } of puts) {
      if (target.valueInside) this.values.set(key, await target.valueInside(tx, id))
    }
    // A loader may have swallowed an error as well as the body.
    if (puts.length > 0) await refuseDoomed(truth.query(tx, 'SELECT 1'))
    if (this.hasLostFences())
      throw new StoreUnavailableError('fence: the store was restarted or replaced before the commit')
    this.isReady = true
  }

  /** Puts the fence on every key. Not acknowledged: once more. */
  async fence(): Promise<void> {
    if (this.keys.length === 0) return
    const { fences, random } = this.#parts
    const putUp = (): Promise<string> => {
      // Another nonce each time: the first command may still arrive, after this write has settled its own.
      const token = fenceToken(this.transactionId, random.token())
      this.tokens.push(token)
      return fences.fence(this.keys, token)
    }
    this.#run = await putUp().catch(putUp)
  }

  /**
   * Whether the store is another one than that in which the fences were put up. Then they guard nothing: what readers
   * store there may be from before the commit. @throws StoreUnavailableError when it cannot be told
   */
  hasLostFences(): boolean {
    return this.#run !== undefined && this.#parts.fences.run() !== this.#run
  }
}

function refuseDoomed<Result>(statement: Promise<Result>): Promise<Result> {
  return statement.catch((error: unknown) => {
    throw isDoomed(error) ? new WriteRolledBackError(error) : error
  })
}

/** PostgreSQL's "current transaction is aborted", however deep the driver wrapped it. */
function isDoomed(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return (error as { code?: unknown }).code === '25P02' || isDoomed(error.cause)
}
