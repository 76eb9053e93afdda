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
  /** Runs `body` in a transaction; resolves after COMMIT. Rejects after ROLLBACK, or when the outcome is not known. */
  transaction<Result>(body: (tx: Session) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /** Sends one statement without parameters. Its rows, each value as the driver gives it. */
  query(session: Session, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** How a transaction runs. PostgreSQL's defaults: read committed, read write. */
export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable' | undefined
  readonly readOnly?: boolean
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
