/**
 * `npm run bench -- outage`: a Redis that is killed, hangs, is full, or is restarted empty, under 1,000 gets a second
 * from three processes. Prints a table and writes it to bench/results. Exit code 1 when something is not as promised.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { drill, type Outcome } from './drill.ts'
import { type Fault, FAULTS } from './faults.ts'
import type { Mode } from './node.ts'
import { startNode } from './node-process.ts'
import { DrillServer } from './server.ts'
import { Source } from './source.ts'

const NODES = 3
const NAMES = Array.from({ length: 20 }, (_, index) => `key${index}`)
/** Of each node: together 1,000 gets a second where the source is asked, and some for the other two promises. */
const RATES: Readonly<Record<Mode, number>> = { load: 1_000 / NODES, stale: 50, fail: 50 }
const LOAD_MS = 50
const COMMAND_TIMEOUT_MS = 1_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** A row of the table. */
interface Row extends Outcome {
  readonly pass: boolean
}

/** Runs the drills whose names begin with one of `wanted`, or all. */
export async function runOutages(wanted: readonly string[]): Promise<number> {
  const faults = FAULTS.filter(
    ({ name }) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)),
  )
  if (faults.length === 0) {
    say(
      `No outage begins with ${wanted.join(' or ')}. There are: ${FAULTS.map(({ name }) => name).join(', ')}`,
    )
    return 2
  }
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`
  say(machine)
  say(
    `${NODES} processes, 1,000 gets/s, ${NAMES.length} keys, loads of ${LOAD_MS} ms, commandTimeout ${COMMAND_TIMEOUT_MS} ms`,
  )
  say(aligned(COLUMNS))
  const rows: Row[] = []
  const unhandled: string[] = []
  for (const [index, fault] of faults.entries()) {
    say(`[${index + 1}/${faults.length}] ${fault.name}`)
    const outcomes = await oneOutage(fault, (problem) => unhandled.push(problem))
    for (const outcome of outcomes) {
      const row = { ...outcome, pass: isAsPromised(outcome) }
      rows.push(row)
      say(lineOf(row))
    }
  }
  say(unhandled.length === 0 ? 'Unhandled rejections: none' : `Unhandled rejections: ${unhandled.join('; ')}`)
  await mkdir('bench/results', { recursive: true })
  const report = { machine, command: ['npm run bench -- outage', ...wanted].join(' '), unhandled, rows }
  await writeFile('bench/results/outage.json', `${JSON.stringify(report, null, 2)}\n`)
  return unhandled.length === 0 && rows.every(({ pass }) => pass) ? 0 : 1
}

async function oneOutage(fault: Fault, onUnhandled: (problem: string) => void): Promise<Outcome[]> {
  const server = await DrillServer.start()
  const source = new Source(LOAD_MS)
  const nodes = await Promise.all(
    Array.from({ length: NODES }, (_, node) =>
      startNode(
        {
          redisUrl: server.url,
          commandTimeoutMs: COMMAND_TIMEOUT_MS,
          load: (key, name) => source.load(node, key, name),
        },
        onUnhandled,
      ),
    ),
  )
  try {
    return await drill(fault, {
      server,
      source,
      nodes,
      names: NAMES,
      rates: RATES,
      calmMs: 2_000,
      outageMs: 8_000,
      changeEveryMs: 100,
    })
  } finally {
    await Promise.all(nodes.map((node) => node.close()))
    await server.kill()
  }
}

/** The source answers for the store, or its callers are told; and nothing stays old. */
function isAsPromised({ mode, outage, split }: Outcome): boolean {
  return split.length === 0 && outage.outdated === 0 && (mode === 'fail' || failuresOf(outage) === 0)
}

function failuresOf({ errors }: Outcome['outage']): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0)
}

const COLUMNS = [
  'onStoreDown',
  'gets',
  'errors',
  'marked stale',
  'longest ms',
  'p99 ms',
  'loads/key/process',
  'recovered ms',
  'split',
  '',
]

function lineOf({ mode, outage, loadsPerKey, recoveryMs, split, pass }: Row): string {
  const share = (count: number): string => `${((100 * count) / Math.max(1, outage.calls)).toFixed(1)} %`
  return aligned([
    mode,
    String(outage.calls),
    share(failuresOf(outage)),
    share(outage.stale),
    String(Math.round(outage.longestMs)),
    String(Math.round(outage.p99Ms)),
    `≤ ${loadsPerKey}`,
    String(Math.round(recoveryMs)),
    split.length === 0 ? 'none' : split.join(' '),
    pass ? 'ok' : 'NOT AS PROMISED',
  ])
}

/** Under their headings. */
function aligned(cells: readonly string[]): string {
  return cells.map((cell, column) => cell.padStart(COLUMNS[column]?.length ?? 0)).join('  ')
}
