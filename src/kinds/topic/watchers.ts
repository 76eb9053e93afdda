/** Lets subscribers wait for a change of their key without asking again and again. */
export class Watchers {
  readonly #byKey = new Map<string, Set<Watcher>>()

  /** Watches from now on: a change that comes before `changed` is awaited counts. */
  watch(key: string): Watcher {
    const watchers = this.#byKey.get(key) ?? new Set()
    this.#byKey.set(key, watchers)
    const watcher = new Watcher(() => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#byKey.get(key) === watchers) this.#byKey.delete(key)
    })
    watchers.add(watcher)
    return watcher
  }

  /** The stream of `key` changed. */
  changed(key: string): void {
    const watchers = this.#byKey.get(key)
    if (watchers) for (const watcher of watchers) watcher.ring()
  }

  /** Any may have changed. */
  allChanged(): void {
    for (const watchers of this.#byKey.values()) for (const watcher of watchers) watcher.ring()
  }
}

/** The wait of one subscriber. */
export class Watcher {
  readonly end: () => void
  #hasRung = false
  #wake: (() => void) | undefined

  constructor(end: () => void) {
    this.end = end
  }

  ring(): void {
    this.#hasRung = true
    this.#wake?.()
  }

  /** What rang until now was taken note of. */
  settle(): void {
    this.#hasRung = false
  }

  /** Resolves once it rang since `settle`, or when `signal` aborts. */
  async rung(signal: AbortSignal): Promise<void> {
    if (this.#hasRung || signal.aborted) return
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        this.#wake = undefined
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
