import { MOST_TOPICS } from './messages.ts'
import type { CandleTopic, Topic } from './topic.ts'

/** What one client follows, and what it has not been sent of that. Bounded by topics and assets, not by ticks. */
export class Following {
  readonly #topics = new Map<string, Topic>()
  readonly #candles = new Map<string, FollowedCandles>()
  #owedPrices: Set<string> | 'all' | undefined
  #accountVersion: number | 'none' | undefined

  /** The names of all that is followed. */
  get names(): string[] {
    return [...this.#topics.keys()]
  }

  /** Whether a topic of this name is followed. */
  has(name: string): boolean {
    return this.#topics.has(name)
  }

  /** Follows `topic`, from its present state on. False when there would be too many. */
  follow(topic: Topic): boolean {
    if (!this.has(topic.name) && this.#topics.size >= MOST_TOPICS) return false
    this.#topics.set(topic.name, topic)
    if (topic.kind === 'prices') this.#owedPrices = 'all'
    if (topic.kind === 'account') this.#accountVersion = 'none'
    if (topic.kind === 'candles') {
      this.#candles.set(topic.name, { topic, isOwed: true, sinceTime: undefined })
    }
    return true
  }

  /** Follows it no more, and owes nothing of it. */
  leave({ name, kind }: Topic): void {
    this.#topics.delete(name)
    this.#candles.delete(name)
    if (kind === 'prices') this.#owedPrices = undefined
    if (kind === 'account') this.#accountVersion = undefined
  }

  /** Takes note that these assets, as `chain:asset`, have ticked. */
  note(ticked: ReadonlySet<string>): void {
    if (ticked.size === 0) return
    if (this.#owedPrices instanceof Set) for (const asset of ticked) this.#owedPrices.add(asset)
    for (const candles of this.#candles.values()) {
      const { chain, asset } = candles.topic
      if (ticked.has(`${chain}:${asset}`)) candles.isOwed = true
    }
  }

  /** The prices that it has to be sent: undefined when there are none. */
  get owedPrices(): OwedPrices | undefined {
    const owed = this.#owedPrices
    return owed instanceof Set && owed.size === 0 ? undefined : owed
  }

  /** It was sent what it was owed. */
  settlePrices(): void {
    this.#owedPrices = new Set()
  }

  /** The version of the account that it was told last; `none` before the first, undefined when it does not follow. */
  get accountVersion(): number | 'none' | undefined {
    return this.#accountVersion
  }

  /** It was told this version of the account. */
  settleAccount(version: number): void {
    if (this.#accountVersion !== undefined) this.#accountVersion = version
  }

  /** The candles that it has to be sent. Whoever sends them writes down until when, in `sinceTime`. */
  takeOwedCandles(): FollowedCandles[] {
    const owed = [...this.#candles.values()].filter(({ isOwed }) => isOwed)
    for (const candles of owed) candles.isOwed = false
    return owed
  }
}

/** Assets as `chain:asset`, or all that have a price. */
export type OwedPrices = ReadonlySet<string> | 'all'

/** One topic of candles, and how far it was sent. */
export interface FollowedCandles {
  readonly topic: CandleTopic
  isOwed: boolean
  /** When the last candle that was sent begins. It may have changed since. */
  sinceTime: number | undefined
}
