/**
 * Runs rows with one library, in a process of its own: a library that blocks the event loop, or ends the process,
 * harms nobody else.
 */
import { HungError } from './deadline.ts'
import { libraryNamed } from './libraries.ts'
import { SetUpError } from './nodes.ts'
import { failed, type Library, notRun, type Outcome, type Row, type Where } from './port.ts'
import { ROWS } from './rows.ts'
import { surviveStrayErrors } from './stray-errors.ts'

/** What a worker is told to do, as its argument. */
export interface Assignment {
  readonly library: string
  readonly where: Where
  readonly rows: readonly string[]
}

/** What a worker says: of each row that it began, and what became of it. */
export type Report = { readonly begun: string } | { readonly row: string; readonly outcome: Outcome }

const { library: name, where, rows } = JSON.parse(process.argv[2] ?? '{}') as Assignment
const send = (report: Report): Promise<void> =>
  new Promise((resolve) => process.send?.(report, undefined, {}, () => resolve()))

surviveStrayErrors()
const library = libraryNamed(name)
for (const row of ROWS.filter((candidate) => rows.includes(candidate.row))) {
  await send({ begun: row.row })
  await send({ row: row.row, outcome: await attempt(row, library) })
}
// What libraries leave open must not keep the scoreboard waiting.
process.exit()

async function attempt(row: Row, of: Library): Promise<Outcome> {
  const lacking = row.needs.find((feature) => of.lacks[feature] !== undefined)
  if (lacking) return notRun(of.lacks[lacking] ?? '')
  return row.run(of, where).catch((error: unknown) => {
    if (error instanceof SetUpError) return notRun(`it throws in set-up: ${error.message}`)
    return failed(error instanceof HungError ? error.message : `it rejects: ${String(error)}`)
  })
}
