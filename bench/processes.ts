import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** A process that was started. */
export interface Killable {
  /** Resolves once it works: with the first line that it prints. */
  readonly ready: Promise<unknown>
  /** With SIGKILL. Resolves once it is gone. */
  kill(): Promise<void>
}

/** Starts a compiled program that gets `order` as JSON. One that calls `endWithParent` does not outlive this process. */
export function startProgram(program: URL, order: unknown): Killable {
  const child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify(order)], {
    // Over the last one nothing is said: it ends with whichever of the two ends first.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  }) as ChildProcessByStdio<null, Readable, null>
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

/** Ends this process when the one that started it has gone, whichever way. To be called before anything is awaited. */
export function endWithParent(): void {
  // Whoever started it in another way ends it, too.
  if (!process.send) return
  process.on('disconnect', () => process.exit())
  // Gone before anybody listened.
  if (!process.connected) process.exit()
}
