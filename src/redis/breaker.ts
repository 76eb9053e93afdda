import type { Clock } from '../core/clock.ts'

/** How soon a server that failed the last probe is asked again. */
const PROBE_AGAIN_MS = 250

/**
 * Circuit breaker for a server that does not answer: once it was silent for a whole command timeout, commands are
 * refused at once instead of waiting as long each. One probe is on its way all the time, and its answer closes the
 * circuit.
 */
export class Breaker {
  readonly #clock: Clock
  readonly #probe: () => Promise<unknown>
  readonly #onOpen: () => void
  readonly #onAnswer: () => void
  #isOpen = false

  /**
   * `probe` asks the server for anything, without a limit of its own. `onAnswer`: it answered one that was sent since
   * `onOpen`.
   */
  constructor(clock: Clock, probe: () => Promise<unknown>, onOpen: () => void, onAnswer: () => void) {
    this.#clock = clock
    this.#probe = probe
    this.#onOpen = onOpen
    this.#onAnswer = onAnswer
  }

  /** Whether commands are refused. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The server was silent for too long. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#onOpen()
    this.#ask()
  }

  /** Another connection is up. */
  close(): void {
    this.#isOpen = false
  }

  #ask(): void {
    if (!this.#isOpen) return
    this.#probe().then(
      () => {
        if (!this.#isOpen) return
        this.close()
        this.#onAnswer()
      },
      () => this.#clock.after(PROBE_AGAIN_MS, () => this.#ask()),
    )
  }
}
