/**
 * The truth port: PostgreSQL, as strong keyspaces and writes see it. `Session` is the application's own type of what
 * runs a statement: a transaction, or the pool outside of one. Adapters are in `holdfast/postgres`.
 */
export interface Truth<Session> {
  /** For people, as in `postgres (drizzle)`. */
  readonly name: string
  /**
   * For reads outside of transactions, on the primary: each statement sees all that was committed when it began.
   */
  readonly session: Session
  /**
   * There is one session only, as in PGlite: what is asked outside of a transaction waits until that has ended, and
   * nothing that it has read can have changed meanwhile.
   */
  readonly isOneSession?: boolean
  /**
   * `transaction` rejects when PostgreSQL answered its COMMIT with ROLLBACK, as it does where the body has swallowed an
   * error. Left out: not known, and a write asks before the COMMIT, which takes one more round trip.
   */
  readonly noticesRollback?: boolean
  /** Runs `body` in a transaction; resolves after COMMIT. Rejects after ROLLBACK, or when the outcome is not known. */
  transaction<Result>(body: (tx: Session) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /**
   * Sends one statement, with the values of its `$1`, `$2` … if it has any. Its rows, each value as the driver gives
   * it.
   */
  query(session: Session, statement: string, parameters?: readonly unknown[]): Promise<Rows>
  /**
   * Sends statements without parameters in one round trip, where the driver can: their rows. They run one after the
   * other, each with a snapshot of its own, and those after one that fails do not run. Left out: `query`, one by one.
   */
  queryAll?(session: Session, statements: readonly string[]): Promise<readonly Rows[]>
}

/** What a statement answered. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/** The rows of `statements`, in as few round trips as the truth allows. */
export async function queryAll<Session>(
  truth: Truth<Session>,
  session: Session,
  statements: readonly string[],
): Promise<readonly Rows[]> {
  if (statements.length > 1 && truth.queryAll) return truth.queryAll(session, statements)
  const answers: Rows[] = []
  for (const statement of statements) answers.push(await truth.query(session, statement))
  return answers
}

/** How a transaction runs. PostgreSQL's defaults: read committed, read write. */
export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable' | undefined
  readonly readOnly?: boolean
}

/** The statement that makes a transaction what `options` ask for, for drivers whose BEGIN cannot. */
export function beginsWith({ isolation, readOnly = false }: TransactionOptions): string | undefined {
  const modes = [
    ...(isolation === undefined ? [] : [`ISOLATION LEVEL ${isolation.toUpperCase()}`]),
    ...(readOnly ? ['READ ONLY'] : []),
  ]
  return modes.length === 0 ? undefined : `SET TRANSACTION ${modes.join(', ')}`
}

/** How deep drivers wrap errors, and more. */
const DEEPEST = 10

/**
 * Whether `error`, or what caused it, is one of PostgreSQL with one of these codes (SQLSTATE). Drizzle has the
 * driver's error as the cause; Prisma has its code in `meta`, or that of the driver adapter there.
 */
export function hasSqlState(error: unknown, states: readonly string[], depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEEPEST) return false
  const { code, originalCode, cause, meta, driverAdapterError } = error as Readonly<Record<string, unknown>>
  if ([code, originalCode].some((text) => states.includes(String(text)))) return true
  return [cause, meta, driverAdapterError].some((inner) => hasSqlState(inner, states, depth + 1))
}

/**
 * A text as an SQL literal, whatever `standard_conforming_strings` says.
 *
 * @throws RangeError for a NUL character, which PostgreSQL cannot store
 */
export function sqlText(text: string): string {
  if (text.includes('\0')) throw new RangeError('PostgreSQL stores no NUL character')
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
