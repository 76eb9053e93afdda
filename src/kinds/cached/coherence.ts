import type { Fetcher } from './fetcher.ts'
import type { Flights } from './flights.ts'
import type { L1 } from './l1.ts'
import type { Lookup } from './lookup.ts'
import type { SharedCalls } from './shared-calls.ts'

/**
 * Keeps what this process knows, or is about to know, from outliving a change: one made here, one that the store
 * tells of, or a doubt. Work that is under way is cut loose: those who joined get its result, later callers do not.
 */
export class Coherence<Id, Value, Deps> {
  readonly #l1: L1<Value> | undefined
  readonly #gets: Pick<SharedCalls<never>, 'forget' | 'forgetAll'>
  readonly #lookup: Lookup<Id, Value, Deps>
  readonly #fetcher: Fetcher<Id, Value, Deps>
  readonly #flights: Flights<Id, Value, Deps>

  constructor(
    l1: L1<Value> | undefined,
    gets: Pick<SharedCalls<never>, 'forget' | 'forgetAll'>,
    lookup: Lookup<Id, Value, Deps>,
    fetcher: Fetcher<Id, Value, Deps>,
    flights: Flights<Id, Value, Deps>,
  ) {
    this.#l1 = l1
    this.#gets = gets
    this.#lookup = lookup
    this.#fetcher = fetcher
    this.#flights = flights
  }

  /** From here on nobody is answered by what was known of `key`, or asked for, before. */
  cutOff(key: string): void {
    this.#l1?.invalidate(key)
    this.forgetFlights(key)
  }

  /** Nobody joins what is under way for `key`. */
  forgetFlights(key: string): void {
    this.#gets.forget(key)
    this.#lookup.forget(key)
    this.#flights.forget(key)
  }

  /** Somebody else changed `key`: later callers go and look. */
  changed(key: string): void {
    this.cutOff(key)
    this.#fetcher.wake(key)
  }

  /** Somebody else changed the ticket of `key`. If it was ours, what we are loading has been overtaken. */
  ticketChanged(key: string): void {
    if (this.#fetcher.ticketChanged(key)) this.forgetFlights(key)
  }

  /** Generations changed: nobody joins what is under way. What was known is checked when it is asked for. */
  generationsChanged(): void {
    this.#gets.forgetAll()
    this.#lookup.forgetAll()
    this.#flights.forgetAll()
  }

  /** Changes may have been missed. */
  lost(): void {
    this.#l1?.suspend()
    this.#fetcher.wakeAll()
    this.generationsChanged()
  }

  /** Changes are reported again. */
  resumed(): void {
    this.#l1?.resume()
  }
}
