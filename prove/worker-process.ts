import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { FromWorker, ToWorker, WorkerOrder } from './messages.ts'

type Progress = Extract<FromWorker, { kind: 'progress' }>
type Final = Extract<FromWorker, { kind: 'final' }>

/** Who hears of what workers tell. */
export interface WorkerListener {
  trust(worker: WorkerProcess, isTrusted: boolean, at: number): void
  reached(worker: WorkerProcess, message: Extract<FromWorker, { kind: 'reached' }>): void
  progress(worker: WorkerProcess, message: Progress): void
  money(worker: WorkerProcess, problem: string): void
  died(worker: WorkerProcess): void
}

/** A worker in a process of its own. */
export class WorkerProcess {
  readonly order: WorkerOrder
  /** Its place among the workers that are at work at a time. */
  readonly place: number
  port = 0
  isTrusted = false
  isStopped = false
  last: Progress | undefined
  readonly exited: Promise<unknown>
  readonly #child: ChildProcess
  readonly #answers = new Map<string, (message: FromWorker) => void>()

  constructor(program: URL, place: number, order: WorkerOrder, listener: WorkerListener) {
    this.order = order
    this.place = place
    this.#child = fork(program, [JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    this.exited = once(this.#child, 'exit').then(() => listener.died(this))
    this.#child.on('error', () => undefined)
    this.#child.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'trust':
          this.isTrusted = message.isTrusted
          listener.trust(this, message.isTrusted, message.at)
          break
        case 'progress':
          this.last = message
          listener.progress(this, message)
          break
        case 'reached':
          listener.reached(this, message)
          break
        case 'money':
          listener.money(this, message.problem)
          break
        case 'ready':
        case 'resting':
        case 'final':
          if (message.kind === 'ready') this.port = message.port
          this.#answers.get(message.kind)?.(message)
      }
    })
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves when it is at work. */
  ready(): Promise<unknown> {
    return this.#answer('ready', 60_000)
  }

  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }

  signal(signal: NodeJS.Signals): void {
    this.isStopped = signal === 'SIGSTOP'
    this.#child.kill(signal)
  }

  /** Lets it end its calls. */
  async rest(): Promise<void> {
    const resting = this.#answer('resting', 60_000)
    this.send({ kind: 'rest' })
    await resting
  }

  /** What it reads in the end. */
  async final(): Promise<Final> {
    const answer = this.#answer('final', 60_000)
    this.send({ kind: 'final' })
    return (await answer) as Final
  }

  async end(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  async #answer(kind: FromWorker['kind'], limitMs: number): Promise<FromWorker> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#answers.set(kind, resolve)
        timer = setTimeout(
          () => reject(new Error(`worker ${this.order.incarnation}: not '${kind}' within ${limitMs} ms`)),
          limitMs,
        )
        void this.exited.then(() => reject(new Error(`worker ${this.order.incarnation} ended`)))
      })
    } finally {
      clearTimeout(timer)
    }
  }
}
