import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkCounts, WorkerOrder } from './messages.ts'
import { WorkerProcess } from './worker-process.ts'

/** What a crew counts while it works. */
export interface Totals extends WorkCounts {
  operations: number
}

/** Something that was counted between two moments, nanoseconds. */
export interface Interval {
  /** Which process. */
  readonly incarnation: number
  readonly from: number
  readonly to: number
  readonly counts: Readonly<WorkCounts>
  readonly longestReadMs: number
}

/** How to make the order of one worker, by its place. */
export type OrderOf = (place: number) => Omit<WorkerOrder, 'incarnation' | 'logPath'>

/** The workers of a run. Who dies is replaced. */
export class Crew {
  readonly logs: string[] = []
  readonly money: string[] = []
  readonly intervals: Interval[] = []
  readonly totals: Totals = { operations: 0, ...noCounts() }
  /** Calls that failed, by code. */
  readonly errors: Record<string, number> = {}
  /** Processes that ended without being told to. */
  deaths = 0
  /** Arrivals at points where processes died or stopped. */
  readonly reached: Record<string, number> = {}
  readonly #program: URL
  readonly #folder: string
  readonly #prefix: string
  readonly #orderOf: OrderOf
  readonly #workers: (WorkerProcess | undefined)[]
  readonly #listener: CrewListener
  readonly #seen = new WeakMap<WorkerProcess, NonNullable<WorkerProcess['last']>>()
  #isEnding = false

  constructor(
    size: number,
    program: URL,
    folder: string,
    orderOf: OrderOf,
    listener: CrewListener,
    prefix = '',
  ) {
    this.#prefix = prefix
    this.#program = program
    this.#folder = folder
    this.#orderOf = orderOf
    this.#workers = Array.from({ length: size })
    this.#listener = listener
  }

  /** Resolves when all are at work. */
  async start(): Promise<void> {
    await Promise.all(this.#workers.map((_, place) => this.#hire(place)))
  }

  /** Those who are at work. */
  get present(): readonly WorkerProcess[] {
    return this.#workers.filter(
      (worker): worker is WorkerProcess => worker?.isAlive === true && worker.port > 0,
    )
  }

  /** Whether nobody is missing. */
  get isWhole(): boolean {
    return this.present.length === this.#workers.length
  }

  /** Whether everybody who can, reads from the store. */
  get isTrusting(): boolean {
    const { present } = this
    return present.length > 0 && present.every(({ isTrusted, isStopped }) => isTrusted || isStopped)
  }

  /** Lets all end their calls. Dead places stay empty from now on. */
  async rest(): Promise<void> {
    this.#isEnding = true
    const present = new Set(this.present)
    await Promise.all(
      this.#workers.map(async (worker) =>
        worker && present.has(worker) ? worker.rest().catch(() => undefined) : worker?.end(),
      ),
    )
  }

  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(this.#workers.map(async (worker) => worker?.end()))
  }

  async #hire(place: number): Promise<void> {
    const incarnation = this.logs.length + 1
    const logPath = join(this.#folder, `${this.#prefix}worker-${incarnation}.log`)
    writeFileSync(logPath, '')
    this.logs.push(logPath)
    const worker = new WorkerProcess(
      this.#program,
      place,
      { ...this.#orderOf(place), incarnation, logPath },
      {
        trust: (one, isTrusted, at) => this.#listener.trust?.(one, isTrusted, at),
        reached: (one, { point, act }) => {
          const name = `${act === 'die' ? 'SIGKILL' : 'SIGSTOP'} at ${point}`
          this.reached[name] = (this.reached[name] ?? 0) + 1
          if (act === 'stop') this.#listener.stopped(one)
        },
        progress: (one, message) => this.#progress(one, message),
        money: (_, problem) => void (this.money.length < 100 && this.money.push(problem)),
        died: () => {
          if (this.#isEnding || this.#workers[place] !== worker) return
          this.deaths++
          this.#tellPeers()
          void this.#hire(place).catch(() => undefined)
        },
      },
    )
    this.#workers[place] = worker
    try {
      await worker.ready()
    } catch (error) {
      // Whoever cannot start in the middle of an outage, is replaced by the next.
      if (worker.isAlive) await worker.end()
      if (this.#isEnding || this.#workers[place] !== worker) throw error
    }
    this.#tellPeers()
  }

  #tellPeers(): void {
    const ports = this.present.map(({ port }) => port)
    for (const worker of this.present)
      worker.send({ kind: 'peers', ports: ports.filter((port) => port !== worker.port) })
  }

  #progress(worker: WorkerProcess, message: NonNullable<WorkerProcess['last']>): void {
    const before = this.#seen.get(worker)
    this.#seen.set(worker, message)
    this.totals.operations += message.operations - (before?.operations ?? 0)
    const added = noCounts()
    for (const name of Object.keys(added) as (keyof WorkCounts)[]) {
      added[name] = message.counts[name] - (before?.counts[name] ?? 0)
      this.totals[name] += added[name]
    }
    for (const [code, count] of Object.entries(message.errors))
      this.errors[code] = (this.errors[code] ?? 0) + count - (before?.errors[code] ?? 0)
    if (!before) return
    this.intervals.push({
      incarnation: worker.order.incarnation,
      from: before.at,
      to: message.at,
      counts: added,
      longestReadMs: message.longestReadMs,
    })
  }
}

/** Who hears of what happens in a crew. */
export interface CrewListener {
  trust?(worker: WorkerProcess, isTrusted: boolean, at: number): void
  /** It has stopped itself, and waits for SIGCONT. */
  stopped(worker: WorkerProcess): void
}

function noCounts(): WorkCounts {
  return {
    l2Hits: 0,
    misses: 0,
    loads: 0,
    healed: 0,
    refusedFills: 0,
    fenced: 0,
    chases: 0,
    chaseHits: 0,
  }
}
