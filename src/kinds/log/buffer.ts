import type { Clock, Timer } from '../../core/clock.ts'

/** What a buffer is for, and its bounds. */
export interface BufferParts<Item> {
  readonly clock: Clock
  /** The most items that wait; beyond it the oldest go. */
  readonly max: number
  /** Takes items, in their order. It may be called again with the same ones when it rejects. */
  deliver(items: readonly Item[]): Promise<void>
  /** Items went that nobody took. */
  dropped(count: number): void
  failed(error: unknown): void
}

const DELIVER_EVERY_MS = 100
const MOST_AT_ONCE = 500
const LONGEST_RETRY_MS = 2_000

/**
 * Items on their way, in order and in batches. Nobody waits for them; while they cannot be delivered they wait, up to
 * a bound, and are tried again.
 */
export class SendBuffer<Item> {
  readonly #parts: BufferParts<Item>
  #waiting: Item[] = []
  #added = 0
  /** Delivered or dropped. */
  #gone = 0
  #timer: Timer | undefined
  #delivery: Promise<void> | undefined
  #retryMs = DELIVER_EVERY_MS
  #isClosed = false

  constructor(parts: BufferParts<Item>) {
    this.#parts = parts
  }

  add(item: Item): void {
    this.#waiting.push(item)
    this.#added++
    this.#trim()
    if (this.#waiting.length >= MOST_AT_ONCE && this.#retryMs === DELIVER_EVERY_MS) void this.#deliverNow()
    else this.#later(this.#retryMs)
  }

  /** Resolves when all that was added before is delivered. Rejects when a delivery fails; it is tried again later. */
  async flush(): Promise<void> {
    const last = this.#added
    while (this.#gone < last) {
      const error = await (this.#delivery ?? this.#deliverNow()).then(
        () => undefined,
        (reason: unknown) => ({ reason }),
      )
      if (error) throw error.reason
    }
  }

  /** Tries once more to deliver what is left, and drops the rest. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.flush().catch(() => undefined)
    this.#drop(this.#waiting.length)
  }

  #later(delayMs: number): void {
    if (this.#timer || this.#delivery || this.#isClosed) return
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#timer = undefined
      this.#deliverNow().catch(() => undefined)
    })
  }

  #deliverNow(): Promise<void> {
    if (this.#delivery) return this.#delivery
    this.#timer?.cancel()
    this.#timer = undefined
    const delivery = this.#deliver()
    this.#delivery = delivery
    // Whoever waits for it hears of it; that nobody does is no mistake.
    delivery.catch(() => undefined)
    return delivery
  }

  async #deliver(): Promise<void> {
    const batch = this.#waiting.splice(0, MOST_AT_ONCE)
    try {
      if (batch.length > 0) await this.#parts.deliver(batch)
      this.#gone += batch.length
      this.#retryMs = DELIVER_EVERY_MS
    } catch (error) {
      this.#waiting.unshift(...batch)
      this.#trim()
      this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
      this.#parts.failed(error)
      throw error
    } finally {
      this.#delivery = undefined
      if (this.#waiting.length > 0) this.#later(this.#waiting.length >= MOST_AT_ONCE ? 0 : this.#retryMs)
    }
  }

  #trim(): void {
    this.#drop(this.#waiting.length - this.#parts.max)
  }

  #drop(count: number): void {
    if (count <= 0) return
    this.#waiting.splice(0, count)
    this.#gone += count
    this.#parts.dropped(count)
  }
}
