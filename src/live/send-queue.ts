/**
 * What one client is sent: at once while it keeps up, and bounded when it does not.
 *
 *   keeps reading ──▶ gets each message
 *   more than `pauseAtBytes` unsent ──▶ paused: values wait where they are, events queue here
 *   paused for too long, or the queue is full, or far too much unsent ──▶ ended: 4413
 */
import type { Clock, Timer } from '../core/clock.ts'
import type { LiveLimits } from './limits.ts'
import type { Frame, Pipe } from './pipe.ts'

/** While somebody is paused, it is looked at so often. */
const LOOK_EVERY_MS = 20

interface Waiting {
  readonly frame: Frame
  readonly events: number
}

/** The way out of one connection. */
export class SendQueue {
  readonly #pipe: Pipe
  readonly #clock: Clock
  readonly #limits: LiveLimits
  readonly #tooSlow: () => void
  #queue: Waiting[] = []
  #queuedEvents = 0
  #queuedBytes = 0
  #pausedSinceMs: number | undefined
  #isEnded = false
  #look: Timer | undefined
  #waitingForRoom: (() => void)[] = []

  constructor(pipe: Pipe, clock: Clock, limits: LiveLimits, tooSlow: () => void) {
    this.#pipe = pipe
    this.#clock = clock
    this.#limits = limits
    this.#tooSlow = tooSlow
  }

  /** Events that wait for the client. */
  get queuedEvents(): number {
    return this.#queuedEvents
  }

  /** Whether the client takes more now. Ends one that has not caught up for too long. */
  canTake(): boolean {
    if (this.#isEnded) return false
    if (this.#pipe.unsentBytes < this.#limits.pauseAtBytes) {
      if (this.#queue.length === 0) this.#pausedSinceMs = undefined
      return true
    }
    this.#pausedSinceMs ??= this.#clock.now()
    if (this.#clock.now() - this.#pausedSinceMs > this.#limits.tooSlowAfterMs) this.#tooSlow()
    return false
  }

  /** Sends what is an answer, or is the latest: it does not queue. */
  send(frame: Frame): void {
    if (this.#isEnded) return
    if (this.#pipe.unsentBytes > this.#limits.mostUnsentBytes) this.#tooSlow()
    else this.#give(frame)
  }

  /** Sends a message of events, after those that were offered before it. */
  offer(frame: Frame, events: number): void {
    if (this.#isEnded) return
    if (this.#queue.length === 0 && this.canTake()) return this.#give(frame)
    if (this.#isEnded) return
    this.#queuedEvents += events
    this.#queuedBytes += frame.text.length
    const { mostQueuedEvents, mostQueuedBytes } = this.#limits
    if (this.#queuedEvents > mostQueuedEvents || this.#queuedBytes > mostQueuedBytes) return this.#tooSlow()
    this.#queue.push({ frame, events })
    this.#lookSoon()
  }

  /** Resolves when the client takes more, or is gone. */
  async room(): Promise<void> {
    if (this.#isEnded || (this.#queue.length === 0 && this.canTake())) return
    await new Promise<void>((resolve) => {
      this.#waitingForRoom.push(resolve)
      this.#lookSoon()
    })
  }

  /** Nothing is sent any more, and nothing kept. */
  end(): void {
    this.#isEnded = true
    this.#look?.cancel()
    this.#queue = []
    this.#queuedEvents = 0
    this.#tellRoom()
  }

  #give(frame: Frame): void {
    this.#pipe.send(frame)
    // It is looked at until it has caught up, also when nothing more comes for it.
    if (this.#pipe.unsentBytes >= this.#limits.pauseAtBytes) this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#isEnded) return this.#tellRoom()
    this.#look ??= this.#clock.after(LOOK_EVERY_MS, () => {
      this.#look = undefined
      this.#drain()
    })
  }

  #drain(): void {
    let sent = 0
    while (sent < this.#queue.length && this.canTake()) {
      const { frame, events } = this.#queue[sent++] as Waiting
      this.#queuedEvents -= events
      this.#queuedBytes -= frame.text.length
      this.#pipe.send(frame)
    }
    this.#queue = this.#queue.slice(sent)
    if (this.#isEnded) return
    if (this.#queue.length === 0 && this.canTake()) this.#tellRoom()
    else this.#lookSoon()
  }

  #tellRoom(): void {
    const waiting = this.#waitingForRoom
    this.#waitingForRoom = []
    for (const resolve of waiting) resolve()
  }
}
