import type { Clock, Timer } from '../core/clock.ts'
import type { LiveLimits } from './limits.ts'
import { SendQueue } from './send-queue.ts'
import { frameOf, type Pipe } from './pipe.ts'
import { CLOSE, type LiveProblem, type ServerMessage } from './wire.ts'

/** What one connection follows of one topic. */
export interface Following {
  /** Ends it: nothing of this topic is sent any more. */
  end(): void
}

/**
 * One client: whose it is, what it follows, and whether it is there.
 *
 *   connected ──token──▶ ready ──┬─ keeps reading ──▶ gets what it follows
 *       │                        └─ falls behind ──▶ see `SendQueue`
 *       └─ no token in time ──▶ ended: 4408
 */
export class Connection<Who> {
  /** By topic: what it follows, and as what it asked for it. */
  readonly following: Map<string, { readonly begun: Following; readonly text: string }> = new Map()
  readonly sendQueue: SendQueue
  /** What it was admitted with. */
  token: string | undefined
  readonly #pipe: Pipe
  readonly #clock: Clock
  readonly #limits: LiveLimits
  #who: { readonly who: Who; readonly user: string | undefined } | undefined
  #isOpen = true
  #answered = true
  #messages = 0
  #lastTurn: Promise<void> = Promise.resolve()
  #expiry: Timer | undefined
  readonly #authTimer: Timer

  readonly #left: () => void

  /** `left`: it is gone, for whatever reason. */
  constructor(pipe: Pipe, clock: Clock, limits: LiveLimits, left: () => void) {
    this.#left = left
    this.#pipe = pipe
    this.#clock = clock
    this.#limits = limits
    this.sendQueue = new SendQueue(pipe, clock, limits, () => this.close(CLOSE.tooSlow))
    this.#authTimer = clock.after(limits.authTimeoutMs, () => this.close(CLOSE.authTimeout))
  }

  /** Whose it is; undefined before its token was accepted. */
  get who(): { readonly who: Who; readonly user: string | undefined } | undefined {
    return this.#who
  }

  /** Whether messages still go either way. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** It is `who`'s for `lifeMs`, or for as long as it lasts. Who comes later takes the place. */
  admit(who: Who, user: string | undefined, lifeMs: number | undefined): void {
    if (!this.#isOpen) return
    this.#who = { who, user }
    this.#authTimer.cancel()
    this.#expiry?.cancel()
    if (lifeMs !== undefined)
      this.#expiry = this.#clock.after(lifeMs, () => this.close(CLOSE.unauthenticated))
    this.send({ type: 'ready', heartbeatMs: this.#limits.heartbeatMs })
  }

  /** Counts a message of the client. False when it is not to be read: the connection ends, or this is one too many. */
  accept(): boolean {
    if (!this.#isOpen) return false
    if (++this.#messages <= this.#limits.messagesPerHeartbeat) return true
    this.close(CLOSE.tooMany)
    return false
  }

  /** Runs `work` when what the client asked for before is done: answers come in the order of the questions. */
  inTurn(work: () => Promise<void> | void): Promise<void> {
    const turn = this.#lastTurn.then(() => (this.#isOpen ? work() : undefined))
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  /** Follows a topic no more: by its name, or as it was asked for. */
  leave(name: string): void {
    for (const [topic, { begun, text }] of this.following) {
      if (topic !== name && text !== name) continue
      this.following.delete(topic)
      begun.end()
    }
  }

  /** Follows nothing any more. */
  leaveAll(): void {
    for (const { begun } of this.following.values()) begun.end()
    this.following.clear()
  }

  send(message: ServerMessage): void {
    if (this.#isOpen) this.sendQueue.send(frameOf(message))
  }

  refuse({ code, detail }: LiveProblem, topic?: string): void {
    this.send({ type: 'error', code, detail, ...(topic !== undefined && { topic }) })
  }

  /** The client has shown that it is there. */
  alive(): void {
    this.#answered = true
  }

  /** Once per heartbeat: ends a connection that did not answer the last one. */
  heartbeat(): void {
    if (!this.#isOpen) return
    this.#messages = 0
    if (!this.#answered) return this.#pipe.terminate()
    this.#answered = false
    this.#pipe.probe()
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    if (!this.#isOpen) return
    this.ended()
    this.#pipe.close(code, reason)
  }

  /** The client is gone: nothing is awaited any more. */
  ended(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#authTimer.cancel()
    this.#expiry?.cancel()
    this.sendQueue.end()
    this.leaveAll()
    this.#left()
  }
}
