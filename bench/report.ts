import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { HotFunction } from './profile.ts'
import type { Line } from './row.ts'

const FOLDER = 'bench/results'

/** What is written of a run. */
export interface RunReport {
  readonly machine: string
  readonly versions: Readonly<Record<string, string>>
  readonly command: string
  readonly isQuick: boolean
  readonly rows: readonly Line[]
}

/** Lines for people. */
export function table(lines: readonly Line[]): string {
  return lines.map(asText).join('\n')
}

/** Writes the report of a run; where it lies. */
export async function saveReport(wanted: readonly string[], report: RunReport): Promise<string> {
  const name = wanted.length === 0 ? 'all' : wanted.map(fileName).join('+')
  return save(`${name}.json`, report)
}

/** Writes the profile of a row; where it lies. */
export async function saveProfile(row: string, functions: readonly HotFunction[]): Promise<string> {
  return save(`${fileName(row)}.profile.json`, { row, functions })
}

async function save(name: string, content: unknown): Promise<string> {
  await mkdir(FOLDER, { recursive: true })
  const path = join(FOLDER, name)
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`)
  return path
}

function fileName(row: string): string {
  return row.replaceAll(/[^A-Za-z0-9.-]+/g, '-').replace(/-$/, '')
}

function asText({
  row,
  part,
  value,
  unit,
  against,
  againstValue,
  ratio,
  target,
  bound,
  pass,
  note,
}: Line): string {
  const name = (part === null ? row : `${row}, ${part}`).padEnd(28)
  if (value === null) return `  ${name} beside ${against}: ${note}`
  const figures =
    ratio === null || againstValue === null
      ? `${figure(value)} ${unit}; ${against}`
      : `${figure(value)} ${unit}; ${ratio.toFixed(2)} × ${against} (${figure(againstValue)})`
  const goal = target === null ? 'told' : `${bound} ${target}`
  const verdict = pass === null ? '' : pass ? ', ok' : ', MISSED'
  return `  ${name} ${figures}: ${goal}${verdict}${note === '' ? '' : `\n  ${' '.repeat(28)}   ${note}`}`
}

function figure(value: number): string {
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : String(Number(value.toPrecision(3)))
}
