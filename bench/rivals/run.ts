/** `npm run bench -- rivals [rows] [libraries]`: the scoreboard, and the races. Exit code 1 when Holdfast misses one. */
import { readFile, mkdir, writeFile } from 'node:fs/promises'
import { holdfast } from './libraries/holdfast.ts'
import { RIVALS } from './libraries.ts'
import { machine } from './machine.ts'
import type { Where } from './port.ts'
import { ROWS } from './rows.ts'
import { isClean, raceAll } from './run-races.ts'
import { type Cell, columns, runColumn } from './scoreboard.ts'
import { type Servers, startServers } from './servers.ts'
import { markdownPage, type Printed, printedTable, type Scoreboard } from './table.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs the rows and libraries that are named, or all; only a run of all writes its results. */
export async function runRivals(wanted: readonly string[]): Promise<number> {
  const named = [...ROWS.map(({ row }) => row), ...[holdfast, ...RIVALS].map(({ name }) => name)]
  const unknown = wanted.find((name) => !named.includes(name))
  if (unknown !== undefined) {
    say(`There is no ${unknown}. There are: ${named.join(', ')}`)
    return 2
  }
  const all = columns(wanted)
  const servers: Servers[] = []
  try {
    for (const topology of ['standalone', 'cluster'] as const)
      if (all.some((column) => column.topology === topology)) servers.push(await startServers(topology))
    const cells: Cell[] = []
    const total = all.reduce((sum, { rows }) => sum + rows.length, 0)
    for (const column of all) {
      const where: Where = servers.find((one) => one.where.topology === column.topology)?.where ?? {
        topology: 'memory',
      }
      await runColumn(column, where, (cell) => {
        cells.push(cell)
        const place = `${cell.library}, ${cell.topology}`
        say(
          `[${cells.length}/${total}] ${cell.row.padEnd(4)}${place.padEnd(28)}${cell.verdict}: ${cell.observed}`,
        )
      })
    }
    const races = wanted.length === 0 ? await raceAll() : []
    const board: Scoreboard = {
      machine: machine(servers[0]?.version ?? 'none'),
      rows: ROWS.filter((row) => all.some(({ rows }) => rows.includes(row))),
      cells,
      races,
      libraries: await Promise.all([holdfast, ...RIVALS].map(printed)),
    }
    say(`\n${printedTable(board)}`)
    if (wanted.length === 0) await save(board)
    const missed = cells.filter(({ library, verdict }) => library === holdfast.name && verdict !== 'passed')
    for (const { row, topology, observed } of missed) say(`MISSED ${row} on ${topology}: ${observed}`)
    return missed.length === 0 && isClean(races) ? 0 : 1
  } finally {
    for (const one of servers) await one.stop()
  }
}

async function printed({
  name,
  package: directory,
  configuration,
}: (typeof RIVALS)[number]): Promise<Printed> {
  const path = directory === 'holdfast' ? 'package.json' : `node_modules/${directory}/package.json`
  const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string }
  return { name, version, configuration }
}

function outcomeOf({ library, topology, verdict, observed }: Cell): Omit<Cell, 'row'> {
  return { library, topology, verdict, observed }
}

async function save(board: Scoreboard): Promise<void> {
  const { machine: on, rows, cells, races, libraries } = board
  const report = {
    machine: on,
    command: 'npm run bench -- rivals',
    libraries,
    rows: rows.map(({ row, scenario }) => ({
      row,
      scenario,
      outcomes: cells.filter((cell) => cell.row === row).map(outcomeOf),
    })),
    races,
  }
  await mkdir('bench/results', { recursive: true })
  await writeFile('bench/results/rivals.json', `${JSON.stringify(report, null, 2)}\n`)
  await writeFile('docs/reference/scoreboard.md', markdownPage(board))
}
