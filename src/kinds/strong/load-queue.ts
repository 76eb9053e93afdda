interface Waiting<Result> {
  readonly start: () => void
  readonly result: Promise<Result>
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

  /** The result of `work`, or of the work that waits under the same `key`. */
  load(key: string, work: () => Promise<Result>): Promise<Result> {
    const known = this.#waiting.get(key)
    if (known) return known.result
    if (this.#running < this.#most) return this.#run(work)
    let start = (): void => undefined
    const result = new Promise<void>((resolve) => (start = resolve)).then(() => this.#run(work))
    this.#waiting.set(key, { start, result })
    return result
  }

  async #run(work: () => Promise<Result>): Promise<Result> {
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      const [next] = this.#waiting
      if (next) {
        this.#waiting.delete(next[0])
        next[1].start()
      }
    }
  }
}
