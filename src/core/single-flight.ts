/**
 * Single-flight: callers that ask for the same thing at the same time share one piece of work.
 *
 * A flight that fails, fails everybody who joined it, once; the next caller starts a new one. `forget` cuts a flight
 * loose: those who joined get its result, later callers do not. An invalidation calls it, because work that started
 * before an invalidation must not answer a caller who came after it.
 */
export class SingleFlight<Result> {
  readonly #flights = new Map<string, Promise<Result>>()

  /** The result of the flight under `key`; starts one with `work` when there is none. */
  join(key: string, work: () => Promise<Result>): Promise<Result> {
    const known = this.#flights.get(key)
    if (known) return known
    const flight = work().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    return flight
  }

  /** The flight under `key`, if one is in the air. */
  current(key: string): Promise<Result> | undefined {
    return this.#flights.get(key)
  }

  /** Later callers will not join the flight under `key`. */
  forget(key: string): void {
    this.#flights.delete(key)
  }

  /** Later callers will not join any flight that is in the air now. */
  forgetAll(): void {
    this.#flights.clear()
  }

  /** Flights in the air. */
  get size(): number {
    return this.#flights.size
  }
}
