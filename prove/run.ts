/** `npm run prove`: see `--help`. Exit code 1 when something is not as promised. */
import { writeFile } from 'node:fs/promises'
import { chaos } from './chaos.ts'
import { pageOf } from './crash-table/page.ts'
import { crashTable } from './crash-table/run-table.ts'
import { STEPS } from './crash-table/steps.ts'
import { FAULTS } from './faults.ts'
import { isAsExpected, mutations } from './mutations.ts'
import { readLogs } from './operation-log.ts'
import { linesOf } from './report.ts'
import { HELP, readOptions } from './options.ts'
import { runScenario } from './scenarios/run-scenario.ts'
import { linesOfScenario } from './scenarios/scenario-report.ts'
import { movableWallClock } from './servers/wall-clock.ts'

const victim = new URL('./crash-table/victim.js', import.meta.url)
const PAGE = 'docs/reference/crash-table.md'

const program = new URL('./worker.js', import.meta.url)
const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs what the arguments say. The exit code. */
async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if ('problem' in options) {
    process.stderr.write(`${options.problem}\n\n${HELP}\n`)
    return 2
  }
  if (options.help) {
    print(`${HELP}\n\nFaults:\n${FAULTS.map(({ name }) => `  ${name}`).join('\n')}`)
    return 0
  }
  const { json, history } = options
  const say = json ? (line: string): void => void process.stderr.write(`${line}\n`) : print
  if (options.mutations) {
    const results = await mutations({ program, say, designs: options.designs, secondsEach: 60 })
    if (json) print(JSON.stringify(results, null, 2))
    return results.every(isAsExpected) ? 0 : 1
  }
  if (options.crashTable) {
    const rows = await crashTable({ steps: STEPS, program: victim, say })
    const page = pageOf(rows)
    print(json ? JSON.stringify(rows, null, 2) : `\n${page}`)
    const problems = rows.flatMap(({ step, problems }) =>
      problems.map((problem) => `NOT AS IT MUST BE: ${step.part}, ${step.name}: ${problem}`),
    )
    problems.forEach(say)
    say(`${rows.length} processes killed. Violations: ${problems.length}`)
    if (options.write && problems.length === 0) await writeFile(PAGE, page)
    return problems.length === 0 ? 0 : 1
  }
  const keep = async ({ logs }: { readonly logs: readonly string[] }): Promise<void> => {
    if (history !== undefined) await writeHistory(history, logs)
  }
  if (options.scenario !== undefined) {
    const report = await runScenario({ ...options, scenario: options.scenario, program, say }, keep)
    if (json) print(JSON.stringify({ ...report, logs: undefined }, null, 2))
    else linesOfScenario(report).forEach(print)
    return report.violations === 0 && report.problems.length === 0 ? 0 : 1
  }
  const report = await chaos({ ...options, program, say, clock: await movableWallClock() }, keep)
  if (json) print(JSON.stringify({ ...report, logs: undefined }, null, 2))
  else linesOf(report).forEach(print)
  return report.violations === 0 && report.faultsFailed.length === 0 ? 0 : 1
}

/** One line of JSON for each operation. */
async function writeHistory(path: string, logs: readonly string[]): Promise<void> {
  const lines: string[] = []
  await writeFile(path, '')
  const flush = async (): Promise<void> => writeFile(path, lines.splice(0).join(''), { flag: 'a' })
  for (const log of logs) {
    readLogs([log], (operation) => void lines.push(`${JSON.stringify(operation)}\n`))
    await flush()
  }
}

// What was started ends with this process, on any exit but a kill.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.exitCode = await run(process.argv.slice(2))
