import type { Clock, Timer } from 'holdfast'
import type { WebSocket } from 'ws'
import { Following } from './following.ts'
import { CLOSE } from './messages.ts'

/** Limits of one connection. */
export const LIMITS = {
  authTimeoutMs: 5_000,
  heartbeatMs: 30_000,
  /** With more than this unsent, coalesced messages wait: the next one is newer anyway. */
  pauseAtBytes: 256 * 1_024,
  /** Paused for this long without catching up: the connection is ended. */
  tooSlowAfterMs: 10_000,
  /** With more than this unsent the connection is ended at once. */
  mostUnsentBytes: 1_024 * 1_024,
  /** Messages that a client may send in one heartbeat. */
  messagesPerHeartbeat: 120,
  largestMessageBytes: 16 * 1_024,
} as const

/**
 * One client of the stream: what it follows, and whether it keeps up.
 *
 *   connected ──auth──▶ ready ──┬─ keeps reading ──▶ gets each flush
 *       │                       └─ falls behind ──▶ paused ──▶ caught up, or ended (4413)
 *       └─ 5 s ──▶ ended (4408)
 */
export class Connection {
  readonly following = new Following()
  readonly #socket: WebSocket
  readonly #clock: Clock
  #userId: string | undefined
  #answered = true
  #messages = 0
  #pausedSinceMs: number | undefined
  #lastTurn: Promise<void> = Promise.resolve()
  #expiry: Timer | undefined
  readonly #authTimer: Timer

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.#authTimer = clock.after(LIMITS.authTimeoutMs, () => this.close(CLOSE.authTimeout))
    socket.on('pong', () => (this.#answered = true))
  }

  /** Whose it is; undefined before its token came. */
  get userId(): string | undefined {
    return this.#userId
  }

  /** Whether messages still go either way. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** The token of `userId` was accepted; it ends in `lifeMs`. A later one takes its place. */
  admit(userId: string, lifeMs: number): void {
    this.#userId = userId
    this.#authTimer.cancel()
    this.#expiry?.cancel()
    // A timer of the host counts in 32 bits; a token that lives longer is checked again after that.
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, 2 ** 31 - 1)
      this.#expiry = this.#clock.after(stepMs, () => {
        if (leftMs > stepMs) wait(leftMs - stepMs)
        else this.close(CLOSE.unauthenticated)
      })
    }
    wait(lifeMs)
    this.send({ type: 'ready', heartbeatMs: LIMITS.heartbeatMs })
  }

  /** Counts a message of the client. False when it is not to be read: the connection ends, or this is one too many. */
  accept(): boolean {
    if (!this.isOpen) return false
    if (++this.#messages <= LIMITS.messagesPerHeartbeat) return true
    this.close(CLOSE.tooMany)
    return false
  }

  /** Runs `work` when what the client asked for before is done: answers come in the order of the questions. */
  inTurn(work: () => Promise<void> | void): Promise<void> {
    const turn = this.#lastTurn.then(() => (this.isOpen ? work() : undefined))
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  /** Whether it takes more now. Ends a connection that has not caught up for too long. */
  canTake(): boolean {
    if (!this.isOpen) return false
    if (this.#socket.bufferedAmount < LIMITS.pauseAtBytes) {
      this.#pausedSinceMs = undefined
      return true
    }
    this.#pausedSinceMs ??= this.#clock.now()
    if (this.#clock.now() - this.#pausedSinceMs > LIMITS.tooSlowAfterMs) this.close(CLOSE.tooSlow)
    return false
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message))
  }

  /** Sends a message that was serialised once for all. */
  sendText(text: string): void {
    if (!this.isOpen) return
    if (this.#socket.bufferedAmount > LIMITS.mostUnsentBytes) this.close(CLOSE.tooSlow)
    else this.#socket.send(text)
  }

  refuse({ code, detail }: { readonly code: string; readonly detail: string }): void {
    this.send({ type: 'error', code, detail })
  }

  /** Once per heartbeat: ends a connection that did not answer the last one. */
  heartbeat(): void {
    this.#messages = 0
    if (!this.#answered) return this.#socket.terminate()
    this.#answered = false
    if (this.isOpen) this.#socket.ping()
  }

  close({ code, reason }: { readonly code: number; readonly reason: string }): void {
    this.ended()
    this.#socket.close(code, reason)
  }

  /** The socket is closed: nothing is awaited any more. */
  ended(): void {
    this.#authTimer.cancel()
    this.#expiry?.cancel()
  }
}
