interface Waiting<Result> {
  readonly start: () => void
  readonly result: Promise<Result>
  callers: number
}

/** A caller's share of a load. */
export interface Turn<Result> {
  readonly result: Promise<Result>
  /** This caller waits no longer. A load that nobody waits for, and that has not begun, never will. Once at most. */
  leave(): void
}

/**
 * Loads of one keyspace, so many at a time. A caller may share a load that waits for its turn, because it will see
 * all that was committed before this call; never one that has been sent.
 */
export class LoadQueue<Result> {
  readonly #most: number
  readonly #waiting = new Map<string, Waiting<Result>>()
  #running = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A turn of `work`, or of the work that waits under the same `key`. */
  load(key: string, work: () => Promise<Result>): Turn<Result> {
    if (this.#running < this.#most) {
      this.#running++
      return { result: this.#run(work), leave: () => undefined }
    }
    const waiting = this.#waiting.get(key) ?? this.#enqueue(key, work)
    waiting.callers++
    return {
      result: waiting.result,
      leave: () => {
        if (--waiting.callers === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
      },
    }
  }

  #enqueue(key: string, work: () => Promise<Result>): Waiting<Result> {
    let start = (): void => undefined
    const result = new Promise<void>((resolve) => (start = resolve)).then(() => this.#run(work))
    const waiting = { start, result, callers: 0 }
    this.#waiting.set(key, waiting)
    return waiting
  }

  /** In a place that is already counted; it goes on to the one who waits longest. */
  async #run(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } finally {
      const [next] = this.#waiting
      if (next) {
        this.#waiting.delete(next[0])
        next[1].start()
      } else {
        this.#running--
      }
    }
  }
}
