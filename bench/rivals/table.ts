import type { Cell } from './scoreboard.ts'
import type { Row, Topology } from './port.ts'
import { type RaceLine, staleText } from './run-races.ts'

const SIGNS = { passed: '✓', failed: '✗', 'not run': '–' } as const
const TOPOLOGY_NAMES: Readonly<Record<Topology, string>> = {
  memory: 'memory',
  standalone: 'one Redis',
  cluster: 'Cluster',
}

/** A library with its version and configuration, as printed. */
export interface Printed {
  readonly name: string
  readonly version: string
  readonly configuration: string
}

/** All that the page says. */
export interface Scoreboard {
  readonly machine: string
  readonly rows: readonly Row[]
  readonly cells: readonly Cell[]
  readonly races: readonly RaceLine[]
  readonly libraries: readonly Printed[]
}

/** The table's lines: a header, and one line of cells for each row. */
function grid({ rows, cells, libraries }: Scoreboard): string[][] {
  const [ours, ...rivals] = libraries
  if (!ours) return []
  const places = (['memory', 'standalone', 'cluster'] as const).filter((topology) =>
    cells.some((cell) => cell.library === ours.name && cell.topology === topology),
  )
  const header = [
    'Row',
    ...places.map((topology) => `${ours.name}, ${TOPOLOGY_NAMES[topology]}`),
    ...rivals.map(({ name }) => name),
  ]
  const lines = rows.map(({ row }) => {
    const of = (library: string, topology?: Topology): string => {
      const cell = cells.find(
        (candidate) =>
          candidate.row === row &&
          candidate.library === library &&
          (topology === undefined || candidate.topology === topology),
      )
      return cell ? SIGNS[cell.verdict] : ' '
    }
    return [row, ...places.map((topology) => of(ours.name, topology)), ...rivals.map(({ name }) => of(name))]
  })
  return [header, ...lines, ['Passed', ...header.slice(1).map((_, column) => count(lines, column + 1))]]
}

/** Passed of those that were run. */
function count(lines: readonly string[][], column: number): string {
  const signs = lines.map((line) => line[column])
  const ran = signs.filter((sign) => sign === SIGNS.passed || sign === SIGNS.failed)
  return `${ran.filter((sign) => sign === SIGNS.passed).length} of ${ran.length}`
}

/** For the terminal. */
export function printedTable(board: Scoreboard): string {
  const lines = grid(board)
  const widths = widthsOf(lines)
  const text = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  return [...text, '', ...notes(board, '')].join('\n')
}

function widthsOf(lines: readonly string[][]): number[] {
  return (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
}

/** Configurations, then what was seen where a row did not pass. */
function notes({ libraries, rows, cells }: Scoreboard, bullet: string): string[] {
  const configurations = libraries.map(
    ({ name, version, configuration }) => `${bullet}${name} ${version}: ${configuration}`,
  )
  const seen = rows.flatMap(({ row }) =>
    cells
      .filter((cell) => cell.row === row && cell.verdict !== 'passed')
      .map(
        ({ library, topology, verdict, observed }) =>
          `${bullet}${row} ${library} (${TOPOLOGY_NAMES[topology]}) ${verdict}: ${observed}`,
      ),
  )
  return [...configurations, '', ...seen]
}

const INTRODUCTION = `# Scoreboard

What goes wrong in cache libraries, one scenario a row, run against Holdfast and its rivals on a private, real Redis. \`npm run bench -- rivals\` runs it and writes this page; \`npm run bench -- rivals V5 V14\` runs some rows and writes nothing.

✓ passed, ✗ failed, – not run: the library has no such feature, or throws in set-up; an empty cell: does not apply (in memory there is one node, and no Redis to lose). _Stale_ means that a node serves an old value half a second after the last change, although the row in the source changed and the \`delete\`, \`set\`, tag or \`clear\` was acknowledged; nothing but its ttl of an hour would end that. Every wait has a deadline of five seconds.`

const RACES = `Thousands of keys, each written by one node while another reads it, at moments that differ by milliseconds; then everything comes to rest, and both are asked. \`npm run bench -- races\` runs these alone.

- **A**, write against cold read: \`set\`, or a change of the row and \`delete\`, while a node whose memory is cold reads.
- **B**, delete against a load in flight: the row changes and \`delete\` is called while another node is loading it.`

/** docs/reference/scoreboard.md. */
export function markdownPage(board: Scoreboard): string {
  const lines = grid(board)
  const widths = widthsOf(lines)
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [header = [], ...body] = lines
  return `${[
    INTRODUCTION,
    '',
    `Measured on ${board.machine}.`,
    '',
    line(header),
    line(widths.map((width) => '-'.repeat(width))),
    ...body.map(line),
    '',
    '## Rows',
    '',
    ...board.rows.map(({ row, scenario }) => `- **${row}**: ${scenario}`),
    '',
    '## Races',
    '',
    RACES,
    '',
    ...board.races.map(
      (line) => `- ${line.race}, ${line.library} (${TOPOLOGY_NAMES[line.topology]}): ${staleText(line)}`,
    ),
    '',
    '## Configurations',
    '',
    ...notes(board, '- ').map((note) => (note === '' ? '\n## What did not pass, and how\n' : note)),
  ].join('\n')}\n`
}
