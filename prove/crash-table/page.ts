import { stateOf } from './observation.ts'
import type { Row } from './run-table.ts'
import type { Step } from './steps.ts'

const TITLES: Readonly<Record<Step['part'], { readonly title: string; readonly about: string }>> = {
  write: {
    title: 'Of a write',
    about:
      'It moves one account from the old state to the new one. The old value is in Redis when it begins; unless the row says otherwise, it puts the account, and touches what is derived from it.',
  },
  read: { title: 'Of a read', about: 'Redis has nothing for the key.' },
  healing: {
    title: 'Of healing',
    about: 'A writer was killed before, after its COMMIT, and its fence stands. A reader finds it.',
  },
  gate: {
    title: 'Of the gate',
    about:
      'Redis was killed, and has come back with the old value, from before a write that was acknowledged. The process that dies is the only one that moves the gate until then; the other one goes on from there. The old value is out of reach once an epoch with another nonce has begun; before that nobody trusts it.',
  },
}

const HEADER = [
  'killed there',
  'PostgreSQL has',
  'left in Redis',
  'the next read',
  'from Redis again',
] as const

/** The whole page. */
export function pageOf(rows: readonly Row[]): string {
  const parts = (Object.keys(TITLES) as Step['part'][]).flatMap((part) => {
    const { title, about } = TITLES[part]
    const lines = tableOf(rows.filter(({ step }) => step.part === part))
    return lines.length > 0 ? [`## ${title}`, about, lines.join('\n')] : []
  })
  return `${[
    '# What a crash leaves behind',
    'A process is killed with SIGKILL at each step of the protocol of [strong keyspaces](../concepts/consistency.md), and another one reads the key, again and again, until Redis answers. Made, and checked, by',
    '```\nnpm run prove -- --crash-table --write\n```',
    'on a real Redis and a real PostgreSQL. Each row asserts that no read is older than what PostgreSQL had committed before that read was sent, than what anybody was told, or than an earlier read; the same of a key that is derived from this one. Exit code 1 otherwise. The times are of one run: how long after the death the first read was answered by Redis, with a read about every 10 ms.',
    ...parts,
  ].join('\n\n')}\n`
}

/** The rows as lines of one table. */
export function tableOf(rows: readonly Row[]): string[] {
  if (rows.length === 0) return []
  const cells = rows.map(cellsOf)
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(HEADER), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)]
}

function cellsOf(row: Row): string[] {
  const { step, left, reads, fromRedisAfterMs, old, isOutOfReach } = row
  const [first] = reads
  return [
    step.name,
    inPostgres(row),
    isOutOfReach ? `${left}, out of reach` : left,
    first ? `${stateOf(first.version, old)}, from ${first.from}` : 'none',
    first?.from === 'Redis'
      ? 'at once'
      : fromRedisAfterMs === undefined
        ? 'never'
        : secondsOf(fromRedisAfterMs),
  ]
}

function inPostgres({ step, gate, isCommitted }: Row): string {
  if (step.part === 'gate') return `the new; gate ${gate}`
  if (step.scene === 'written again') return 'the new, of the other'
  return isCommitted ? 'the new' : 'the old'
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 995 ? 2 : 1)} s`
}
