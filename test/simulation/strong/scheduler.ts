/**
 * Virtual time. What happens is a queue of events, in the order of their time; nothing else moves. An actor is a
 * process: it may die, stand still, and have a clock that runs too fast or too slow.
 */
import type { Clock } from 'holdfast'

/** A process, as far as time concerns it. */
export interface Actor {
  readonly name: string
  isAlive: boolean
  /** What would happen to it before is put off until then. */
  pausedUntilMs: number
  /** How fast its clocks run, against true time. */
  readonly rate: number
  /** How long its monotonic clock has stood still. */
  stoodStillMs: number
  /** Events left until it dies, for a crash between any two steps. */
  stepsToLive: number
}

interface Event {
  readonly timeMs: number
  readonly order: number
  readonly actor: Actor | undefined
  readonly run: () => void
}

/** Runs events one after the other. Of the same time, those that were scheduled first come first. */
export class Scheduler {
  #nowMs = 0
  #orders = 0
  #heap: Event[] = []
  /** Called after each event. */
  afterEach: () => void = () => undefined

  /** True time. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** Calls `run` after `delayMs`: in `actor`, unless that is dead by then; or in the world around it. */
  after(delayMs: number, run: () => void, actor?: Actor): { cancel(): void } {
    let isCancelled = false
    const work = (): void => {
      if (!isCancelled) run()
    }
    this.#push({ timeMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders++, actor, run: work })
    return { cancel: () => (isCancelled = true) }
  }

  /** Runs all events up to `untilMs`, or until `isOver`. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    for (let event = this.#heap[0]; event && event.timeMs <= untilMs; event = this.#heap[0]) {
      this.#pop()
      const { actor } = event
      if (actor?.isAlive === false) continue
      this.#nowMs = Math.max(this.#nowMs, event.timeMs)
      if (actor && actor.pausedUntilMs > this.#nowMs) {
        this.#push({ ...event, timeMs: actor.pausedUntilMs })
        continue
      }
      if (actor && --actor.stepsToLive <= 0) {
        actor.isAlive = false
        this.afterEach()
        continue
      }
      event.run()
      // The world around is no promise, and needs no turn of the event loop.
      if (actor) await settlePromises()
      this.afterEach()
      if (isOver()) return
    }
    this.#nowMs = Math.max(this.#nowMs, Math.min(untilMs, this.#heap[0]?.timeMs ?? untilMs))
  }

  clockOf(actor: Actor, wallMs: number): Clock {
    const now = (): number => (this.#nowMs - actor.stoodStillMs) * actor.rate
    return {
      now,
      recent: now,
      wall: () => wallMs + this.#nowMs * actor.rate,
      after: (delayMs, callback) => this.after(delayMs / actor.rate, callback, actor),
    }
  }

  #push(event: Event): void {
    const heap = this.#heap
    let index = heap.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Event
      if (!isBefore(event, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Event
    if (heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++
      const below = heap[child] as Event
      if (!isBefore(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order)
}

/**
 * Resolves when the promise callbacks that an event caused have run, however long a chain they form, and the ticks
 * that these asked for, and what those caused. A turn of the event loop would do, too, and takes ten times as long.
 */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => {
    const tick = (left: number): void => {
      // Ticks that were asked for before run before, and all promise callbacks in between.
      if (left === 0) resolve()
      else process.nextTick(tick, left - 1)
    }
    tick(3)
  })
}
