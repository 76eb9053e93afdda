import type { Clock, Timer } from '../core/clock.ts'

/** Brings together what comes in one turn, at most so many at a time. */
export class Gather<Item> {
  readonly #clock: Clock
  readonly #most: number
  readonly #give: (items: readonly Item[]) => void
  #items: Item[] = []
  #timer: Timer | undefined

  constructor(clock: Clock, most: number, give: (items: readonly Item[]) => void) {
    this.#clock = clock
    this.#most = most
    this.#give = give
  }

  add(item: Item): void {
    this.#items.push(item)
    if (this.#items.length >= this.#most) this.flush()
    else this.#timer ??= this.#clock.after(0, () => this.flush())
  }

  /** Gives what is there now. */
  flush(): void {
    const items = this.#items
    this.drop()
    if (items.length > 0) this.#give(items)
  }

  /** Forgets what is there. */
  drop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#items = []
  }
}
