/**
 * The bench: `npm run bench` runs every row, `npm run bench -- l2.get coherence` those whose name begins so, `--quick`
 * with fewer keys. Prints a table and writes it to bench/results. Exit code 1 when a row misses a target.
 */
import { saveProfile, saveReport, table } from './report.ts'
import type { Line } from './row.ts'
import { ROWS } from './rows/index.ts'
import { runRow } from './run-row.ts'
import { startServers } from './servers.ts'
import { versions } from './versions.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const isQuick = args.includes('--quick')
  const wanted = args.filter((arg) => !arg.startsWith('--'))
  const rows = ROWS.filter(({ row }) => wanted.length === 0 || wanted.some((name) => row.startsWith(name)))
  if (rows.length === 0) {
    say(`No row begins with ${wanted.join(' or ')}. There are: ${ROWS.map(({ row }) => row).join(', ')}`)
    return 2
  }
  const servers = await startServers(
    rows.some(({ needs }) => needs === 'postgres'),
    say,
  )
  const about = versions(servers)
  say(
    `${about.machine}\n${Object.entries(about.versions)
      .map((entry) => entry.join(' '))
      .join(', ')}\n`,
  )
  const lines: Line[] = []
  let failures = 0
  try {
    for (const [index, row] of rows.entries()) {
      say(`[${index + 1}/${rows.length}] ${row.row}: ${row.about}`)
      const startedMs = performance.now()
      try {
        await servers.flushRedis()
        const report = await runRow(row.row, { ...servers.urls, isQuick })
        lines.push(...report.lines)
        say(table(report.lines))
        if (report.profile) say(`  profile: ${await saveProfile(row.row, report.profile)}`)
      } catch (error) {
        failures++
        say(`  FAILED: ${error instanceof Error ? error.message : String(error)}`)
      }
      say(`  (${((performance.now() - startedMs) / 1_000).toFixed(0)} s)`)
    }
  } finally {
    await servers.stop()
  }
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ')
  say(`\n${await saveReport(wanted, { ...about, command, isQuick, rows: lines })}`)
  const missed = lines.filter(({ pass }) => pass === false)
  const judged = lines.filter(({ pass }) => pass !== null)
  say(`${judged.length - missed.length} of ${judged.length} targets reached, ${failures} rows failed`)
  for (const line of missed) say(table([line]))
  return missed.length + failures > 0 ? 1 : 0
}

/** What is no list of rows. */
const PROGRAMS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  live: async () => (await import('./live/run.ts')).runLive(),
  outage: async (args) => (await import('./outage/run.ts')).runOutages(args),
  'outbox-kill': async (args) => (await import('./outbox-kill/run.ts')).runOutboxKill(args),
  rivals: async (args) => (await import('./rivals/run.ts')).runRivals(args),
  schedules: async (args) => (await import('./schedules/run.ts')).runSchedules(args),
  races: async () => (await import('./rivals/run-races.ts')).runRaces(),
}

const USAGE = `npm run bench -- [row …] [--quick]   the rows whose name begins so, or all; to bench/results
npm run bench -- ${Object.keys(PROGRAMS).join(' | ')}   what is no list of rows
Rows: ${ROWS.map(({ row }) => row).join(', ')}`

/** Runs what the arguments say. */
async function command(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg.startsWith('--') && arg !== '--quick')
  const [first = '', ...others] = args
  const program = PROGRAMS[first]
  if (program) return program(others)
  if (unknown === undefined) return main(args)
  say(unknown === '--help' ? USAGE : `There is no option ${unknown}.\n${USAGE}`)
  return unknown === '--help' ? 0 : 2
}

process.exitCode = await command(process.argv.slice(2))
