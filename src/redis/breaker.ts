import type { Clock } from '../core/clock.ts'

/** How soon a server that failed the last probe is asked again. */
const PROBE_AGAIN_MS = 250

/**
 * Circuit breaker for a server that does not answer: once it was silent for a whole command timeout, commands are
 * refused at once instead of waiting as long each. One probe is on its way all the time, and its answer, or any late
 * one, closes the circuit.
 */
export class Breaker {
  readonly #clock: Clock
  readonly #probe: () => Promise<unknown>
  #isOpen = false

  /** `probe` asks the server for anything, without a limit of its own. */
  constructor(clock: Clock, probe: () => Promise<unknown>) {
    this.#clock = clock
    this.#probe = probe
  }

  /** Whether commands are refused. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** The server was silent for too long. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#ask()
  }

  /** The server answered, or another connection is up. */
  close(): void {
    this.#isOpen = false
  }

  #ask(): void {
    if (!this.#isOpen) return
    this.#probe().then(
      () => this.close(),
      () => this.#clock.after(PROBE_AGAIN_MS, () => this.#ask()),
    )
  }
}
