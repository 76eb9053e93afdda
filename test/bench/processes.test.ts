import { expect, onTestFinished, test } from 'vitest'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'

const start = useProgram(new URL('./family.ts', import.meta.url))

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
  'what a bench has started ends with it: %s',
  async (signal) => {
    const parent = start({ role: 'parent' })
    const pid = Number(await parent.next())
    onTestFinished(() => void (runs(pid) && process.kill(pid, 'SIGKILL')))
    expect(runs(pid)).toBe(true)
    process.kill(parent.pid, signal)
    await eventually(() => !runs(pid), 5_000)
  },
)
