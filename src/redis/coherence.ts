import type { ChangeListener } from '../entry/port.ts'

/** One of the feeds. */
export interface CoherentFeed {
  /** What the feed tells goes here. */
  readonly listener: ChangeListener
  /** Nothing is read by its connection any more, and nothing it tells counts. */
  leave(): void
}

/**
 * The feeds of several connections as one. A connection is tracked before anything is read by it, so whatever is read
 * is followed; and when one is lost, everything that was read by any is forgotten, because where each key is does not
 * matter to an L1. What is read by the others from then on may be kept: it is followed by their feeds.
 */
export class Coherence {
  readonly #listener: ChangeListener
  readonly #whole = new Set<CoherentFeed>()

  constructor(listener: ChangeListener) {
    this.#listener = listener
  }

  /** One more feed, of a connection that is not up yet. */
  join(): CoherentFeed {
    let hasLeft = false
    const { changed, ticketChanged } = this.#listener
    const lost = (): void => {
      if (!this.#whole.delete(feed)) return
      this.#listener.lost()
      if (this.#whole.size > 0) this.#listener.resumed()
    }
    const resumed = (): void => {
      if (hasLeft) return
      // Also when others are whole: what its server changed or lost meanwhile was told to nobody here.
      this.#whole.add(feed)
      this.#listener.resumed()
    }
    const leave = (): void => {
      hasLeft = true
      lost()
    }
    const feed: CoherentFeed = { listener: { changed, ticketChanged, lost, resumed }, leave }
    return feed
  }

  /** Everything that was read is doubtful, although no connection was lost. */
  doubt(): void {
    if (this.#whole.size === 0) return
    this.#listener.lost()
    this.#listener.resumed()
  }
}
