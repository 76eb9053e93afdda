import { DeclarationError, FencedOffError } from '../../core/errors.ts'

/** A fencing token as parts of an UPDATE: for a column `bigint NOT NULL DEFAULT 0`, one for each row that is guarded. */
export interface Fencing {
  readonly token: bigint
  /** An assignment, such as `"fence" = 42`. It has no parameters. */
  readonly set: string
  /** A condition, such as `"fence" <= 42`: a later holder of the lock has not written this row. */
  readonly where: string
  /** Takes the number of rows that the UPDATE changed. @throws FencedOffError for none: throw it out of the transaction */
  confirm(rows: number | null | undefined): void
}

/**
 * Lets PostgreSQL refuse what a holder writes whose lock has gone to somebody else.
 *
 *     const fence = fencing(lease)
 *     const { rowCount } = await tx.query(
 *       `UPDATE positions SET amount = $1, ${fence.set} WHERE id = $2 AND ${fence.where}`, [amount, id])
 *     fence.confirm(rowCount)
 *
 * With Drizzle: `set({ amount, fence: fence.token })` and `lte(positions.fence, fence.token)`.
 *
 * The guarantee: once a row was written under a token, nothing is written to it by this statement under a smaller one.
 * The mechanism: PostgreSQL looks at the condition again under the row's lock. Its limit: rows that the holder does not
 * update itself, and an INSERT; let those follow from a row that is.
 *
 * @param column its plain name
 * @throws DeclarationError for a column that is no plain name
 */
export function fencing({ token }: { readonly token: bigint }, column = 'fence'): Fencing {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(column))
    throw new DeclarationError('fencing.column', `'${column}' is not the plain name of a column`)
  return {
    token,
    set: `"${column}" = ${token}`,
    where: `"${column}" <= ${token}`,
    confirm(rows) {
      if (!rows) throw new FencedOffError(token)
    },
  }
}
