import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './row.ts'
import type { Order, Report } from './row-process.ts'

/** The longest a row may take. */
const LIMIT_MS = 400_000

/** Runs one row in a process of its own. Rejects when it fails, dies or takes too long. */
export async function runRow(row: string, bench: Bench): Promise<Report> {
  const child = fork(fileURLToPath(new URL('./row-process.js', import.meta.url)), {
    execArgv: ['--expose-gc', '--enable-source-maps'],
  })
  const exited = once(child, 'exit')
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  try {
    const answered = once(child, 'message') as Promise<[{ report: Report } | { failed: string }]>
    child.send({ row, bench } satisfies Order)
    const died = exited.then(([code, signal]: unknown[]) => {
      throw new Error(`its process ended early (${String(signal ?? code)}), or after ${LIMIT_MS / 1_000} s`)
    })
    const [answer] = await Promise.race([answered, died])
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.report
  } finally {
    // What a row left open must not keep the next one waiting.
    child.kill('SIGKILL')
    await exited
    clearTimeout(limit)
  }
}
