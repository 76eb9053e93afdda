import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A process that was started. */
export interface Killable {
  /** Resolves once it works: with the first line that it prints. */
  readonly ready: Promise<unknown>
  /** With SIGKILL. Resolves once it is gone. */
  kill(): Promise<void>
}

/** Starts a compiled program that gets `order` as JSON. */
export function startProgram(program: URL, order: unknown): Killable {
  const child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const ready = once(child.stdout, 'data')
  ready.catch(() => undefined)
  return {
    ready,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
