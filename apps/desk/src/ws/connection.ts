import type { Clock, Timer } from 'holdfast'
import type { WebSocket } from 'ws'
import { type BadMessage, CLOSE, MOST_TOPICS } from './messages.ts'

/** Limits of one connection. */
export const LIMITS = {
  authTimeoutMs: 5_000,
  heartbeatMs: 30_000,
  /** With more than this unsent, coalesced messages wait: the next one is newer anyway. */
  pauseAtBytes: 256 * 1_024,
  /** Paused for this long without catching up: the connection is ended. */
  tooSlowAfterMs: 10_000,
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
  readonly topics = new Set<string>()
  /** Prices that changed since they were last sent: at most one entry for each asset, however many ticks. */
  readonly changedPrices = new Set<string>()
  readonly changedCandles = new Set<string>()
  readonly #socket: WebSocket
  readonly #clock: Clock
  #ready = false
  #answered = true
  #messages = 0
  #pausedSinceMs: number | undefined
  #expiry: Timer | undefined
  readonly #authTimer: Timer

  constructor(socket: WebSocket, clock: Clock) {
    this.#socket = socket
    this.#clock = clock
    this.#authTimer = clock.after(LIMITS.authTimeoutMs, () => this.close(CLOSE.authTimeout))
    socket.on('pong', () => (this.#answered = true))
  }

  get isReady(): boolean {
    return this.#ready
  }

  /** The token was accepted; it ends in `lifeMs`. */
  admit(lifeMs: number): void {
    this.#ready = true
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

  /** Counts a message of the client. False, and the connection ended, when there are too many. */
  accept(): boolean {
    if (++this.#messages <= LIMITS.messagesPerHeartbeat) return true
    this.close(CLOSE.tooMany)
    return false
  }

  /** Follows `topics`; false when there would be too many. */
  subscribe(topics: readonly string[]): boolean {
    const all = new Set([...this.topics, ...topics])
    if (all.size > MOST_TOPICS) return false
    for (const topic of topics) this.topics.add(topic)
    return true
  }

  /** Follows them no more. */
  unsubscribe(topics: readonly string[]): void {
    for (const topic of topics) this.topics.delete(topic)
  }

  /** Whether it takes more now. Ends a connection that has not caught up for too long. */
  canTake(): boolean {
    if (this.#socket.readyState !== this.#socket.OPEN) return false
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
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(text)
  }

  refuse({ code, detail }: BadMessage | { code: string; detail: string }): void {
    this.send({ type: 'error', code, detail })
  }

  /** Once per heartbeat: ends a connection that did not answer the last one. */
  heartbeat(): void {
    this.#messages = 0
    if (!this.#answered) return this.#socket.terminate()
    this.#answered = false
    this.#socket.ping()
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
