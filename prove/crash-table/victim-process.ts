import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { inTime } from '../in-time.ts'
import type { WorkerOrder } from '../messages.ts'
import type { Errand, FromVictim } from './victim.ts'

const START_LIMIT_MS = 60_000

/** How a victim ended. */
export interface Death {
  /** Milliseconds of the host's monotonic clock. */
  readonly atMs: number
  /** It said that it is at the step, and ended by SIGKILL. */
  readonly isAsTold: boolean
  /** The newest version that anybody was told of by it. */
  readonly told: number
  readonly problem: string | undefined
}

/** A process that is to die. */
export class Victim {
  readonly #child: ChildProcess
  readonly #ready: Promise<void>
  readonly #exited: Promise<unknown>
  #hasReached = false
  #told = 0
  #problem: string | undefined

  constructor(program: URL, order: WorkerOrder) {
    this.#child = fork(program, [JSON.stringify(order)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    this.#exited = once(this.#child, 'close')
    this.#ready = new Promise((resolve, reject) => {
      void this.#exited.then(() => reject(new Error('a process that is to die ended before it began')))
      createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        const message = JSON.parse(line) as FromVictim
        if (message.kind === 'ready') resolve()
        else if (message.kind === 'reached') this.#hasReached = true
        else if (message.kind === 'failed') this.#problem = message.problem
        else this.#told = Math.max(this.#told, message.version)
      })
    })
    this.#ready.catch(() => undefined)
  }

  /** Resolves when it can be sent on its errand. */
  ready(): Promise<void> {
    return inTime(this.#ready, START_LIMIT_MS, 'a process that is to die did not start')
  }

  begin(errand: Errand): void {
    this.#child.send(errand)
  }

  /** Resolves when it has died; `problem` says if it did not within `limitMs`. */
  async death(limitMs: number): Promise<Death> {
    const late = `it did not get to the step within ${limitMs} ms`
    await inTime(this.#exited, limitMs, late).catch(() => (this.#problem ??= late))
    return {
      atMs: performance.now(),
      isAsTold: this.#hasReached && this.#child.signalCode === 'SIGKILL',
      told: this.#told,
      problem: this.#problem,
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#exited
  }
}
