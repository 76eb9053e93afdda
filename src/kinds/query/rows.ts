import type { Immutable } from '../../core/immutable.ts'
import { check, type Schema, type SchemaIssue } from '../../core/standard-schema.ts'

/** A row as a driver gives it. */
export type AnyRow = Readonly<Record<string, unknown>>

/** A row as it is handed out: frozen. Of one without a schema nothing more is known of its columns. */
export type ReadRow<Row> = AnyRow extends Row ? AnyRow : Immutable<Row>

/** The schema of a list of rows: of what `row` lets through, or of any without it. */
export function rowsOf<Row>(row: Schema<unknown, Row> | undefined): Schema<unknown, readonly Row[]> {
  return {
    '~standard': {
      version: 1,
      vendor: 'holdfast',
      validate(value) {
        if (!Array.isArray(value)) return { issues: [{ message: 'is no list of rows' }] }
        if (!row) return { value: value as Row[] }
        const rows: Row[] = []
        const issues: SchemaIssue[] = []
        value.forEach((each: unknown, index) => {
          const checked = check(row, each)
          if ('problem' in checked) issues.push({ message: checked.problem, path: [index] })
          else rows.push(checked.value)
        })
        return issues.length > 0 ? { issues: issues.slice(0, 3) } : { value: rows }
      },
    },
  }
}
