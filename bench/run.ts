/**
 * The bench: `npm run bench` runs every row, `npm run bench -- l2.get` those whose name begins so. Prints a table and
 * writes it to bench/results. Exit code 1 when a row misses its target.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { findRedis, startRedis } from 'holdfast/embedded'
import type { Result, Row } from './row.ts'
import { reads } from './rows/reads.ts'

const ROWS: readonly Row[] = [...reads]

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function main(wanted: readonly string[]): Promise<number> {
  const rows = ROWS.filter(({ row }) => wanted.length === 0 || wanted.some((name) => row.startsWith(name)))
  if (rows.length === 0) {
    say(`No row begins with ${wanted.join(' or ')}. There are: ${ROWS.map(({ row }) => row).join(', ')}`)
    return 2
  }
  const binary = await findRedis({ onProgress: say })
  const redis = await startRedis({ binary, afterKill: 'stop' })
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, Redis ${binary.version}`
  say(machine)
  const results: Result[] = []
  try {
    for (const [index, { row, unit, against, target, run }] of rows.entries()) {
      process.stdout.write(`[${index + 1}/${rows.length}] ${row.padEnd(18)}`)
      const figures = await run({ redisUrl: redis.url })
      const ratio = figures.value / figures.against
      const pass = ratio >= target
      results.push({
        row,
        value: figures.value,
        unit,
        against,
        againstValue: figures.against,
        ratio,
        target,
        pass,
      })
      say(
        `${Math.round(figures.value).toLocaleString('en')} ${unit}; ${ratio.toFixed(2)} × ${against} (target ${target}) ${pass ? 'ok' : 'MISSED'}`,
      )
    }
  } finally {
    await redis.stop()
  }
  await mkdir('bench/results', { recursive: true })
  const report = { machine, command: ['npm run bench --', ...wanted].join(' '), rows: results }
  await writeFile('bench/results/latest.json', `${JSON.stringify(report, null, 2)}\n`)
  return results.every(({ pass }) => pass) ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
