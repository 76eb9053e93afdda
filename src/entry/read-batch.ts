/** Most keys of one command: a longer one would keep the server from others for too long. */
const MOST_KEYS = 512

interface Waiting<Raw> {
  readonly resolve: (raw: Raw | null) => void
  readonly reject: (error: unknown) => void
}

/**
 * Single reads of one turn of the event loop, sent as one command.
 *
 * A busy process asks for many keys at a time, each in a call of its own. Together they cost the client and the
 * server a fraction of what as many commands would, and none waits for longer: the batch leaves as soon as the code
 * that runs now, and all that it had promised, is done.
 */
export class ReadBatch<Raw = string> {
  readonly #fetch: (keys: readonly string[]) => Promise<readonly (Raw | null)[]>
  #keys: string[] = []
  #waiting: Waiting<Raw>[] = []

  constructor(fetch: (keys: readonly string[]) => Promise<readonly (Raw | null)[]>) {
    this.#fetch = fetch
  }

  /** What is under `key`, read together with what else is asked for in this turn. */
  read(key: string): Promise<Raw | null> {
    return new Promise((resolve, reject) => {
      if (this.#keys.length === 0) process.nextTick(() => this.#send())
      else if (this.#keys.length === MOST_KEYS) this.#send()
      this.#keys.push(key)
      this.#waiting.push({ resolve, reject })
    })
  }

  #send(): void {
    const [keys, waiting] = [this.#keys, this.#waiting]
    // A full batch left early, and nothing came after it.
    if (keys.length === 0) return
    this.#keys = []
    this.#waiting = []
    this.#fetch(keys).then(
      (raws) => {
        for (let index = 0; index < waiting.length; index++) waiting[index]?.resolve(raws[index] ?? null)
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error)
      },
    )
  }
}
