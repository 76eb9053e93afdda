import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { holdfast } from './libraries/holdfast.ts'
import { RIVALS } from './libraries.ts'
import { failed, type Library, type Outcome, type Row, type Topology, type Where } from './port.ts'
import { ROWS } from './rows.ts'
import type { Assignment, Report } from './worker.ts'

/** One library in one place: a column of the table. */
export interface Column {
  readonly library: Library
  readonly topology: Topology
  /** Rows that are run there. */
  readonly rows: readonly Row[]
}

/** What became of one row in one column. */
export interface Cell extends Outcome {
  readonly row: string
  readonly library: string
  readonly topology: Topology
}

/** A row that takes longer has hung beyond its own deadlines: it blocks the event loop, say. */
const ROW_LIMIT_MS = 60_000

/**
 * Columns of the wanted rows and libraries: Holdfast everywhere, a rival on one Redis, and on a Cluster for what is
 * about Clusters. Where no row is named all are meant, and likewise with libraries.
 */
export function columns(wanted: readonly string[]): Column[] {
  const isWanted = among(
    ROWS.map(({ row }) => row),
    wanted,
  )
  const isWantedLibrary = among(
    [holdfast, ...RIVALS].map(({ name }) => name),
    wanted,
  )
  const of = (library: Library, topology: Topology, rows: readonly Row[]): Column => ({
    library,
    topology,
    rows: rows.filter(({ row }) => isWanted(row)).filter((row) => applies(row, topology)),
  })
  const ofCluster = ROWS.filter(({ topologies }) => topologies?.every((topology) => topology === 'cluster'))
  return [
    ...holdfast.topologies.map((topology) => of(holdfast, topology, ROWS)),
    ...RIVALS.flatMap((library) => [of(library, 'standalone', ROWS), of(library, 'cluster', ofCluster)]),
  ].filter(({ library, rows }) => rows.length > 0 && isWantedLibrary(library.name))
}

/** Whether a name is wanted: when none of its kind is, all are. */
function among(names: readonly string[], wanted: readonly string[]): (name: string) => boolean {
  const chosen = names.filter((name) => wanted.includes(name))
  return (name) => chosen.length === 0 || chosen.includes(name)
}

/** In memory there is one node. */
function applies({ topologies, needs }: Row, topology: Topology): boolean {
  if (topologies && !topologies.includes(topology)) return false
  return topology !== 'memory' || !needs.includes('several nodes')
}

/** Runs the rows of a column, in as many processes as it ends. */
export async function runColumn(column: Column, where: Where, done: (cell: Cell) => void): Promise<void> {
  const { library, topology } = column
  const left = new Set(column.rows.map(({ row }) => row))
  while (left.size > 0) {
    const end = await runProcess({ library: library.name, where, rows: [...left] }, (row, outcome) => {
      left.delete(row)
      done({ row, library: library.name, topology, ...outcome })
    })
    const row = end.during ?? left.values().next().value
    if (row === undefined || !left.delete(row)) continue
    done({ row, library: library.name, topology, ...failed(end.how) })
  }
}

/** How a worker ended: of its own, or during a row. */
interface End {
  readonly during: string | undefined
  readonly how: string
}

function runProcess(assignment: Assignment, done: (row: string, outcome: Outcome) => void): Promise<End> {
  const program = fileURLToPath(new URL('./worker.js', import.meta.url))
  // What libraries print about lost connections is no part of the table.
  const worker = fork(program, [JSON.stringify(assignment)], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  return new Promise((resolve) => {
    let during: string | undefined
    let how = 'the process ended'
    let timer: NodeJS.Timeout | undefined
    worker.on('message', (report: Report) => {
      clearTimeout(timer)
      if ('begun' in report) {
        during = report.begun
        timer = setTimeout(() => {
          how = `the process hung: nothing for ${ROW_LIMIT_MS / 1_000} s`
          worker.kill('SIGKILL')
        }, ROW_LIMIT_MS)
      } else {
        during = undefined
        done(report.row, report.outcome)
      }
    })
    worker.on('exit', () => {
      clearTimeout(timer)
      resolve({ during, how })
    })
  })
}
