/**
 * The latest values of one topic, for all who follow it here.
 *
 * Guarantee: each follower ends with the latest value of each key, and none goes back; what it is owed is bounded by the
 * keys, not by their changes. Mechanism: changes are numbered; a follower is a number, up to which it was sent; what
 * changed after it is read once and serialised once for all of the same number. Limit: what is overwritten between two
 * flushes is not sent, and what `read` does not answer with is not told to be gone.
 */
import type { Clock, Timer } from '../core/clock.ts'
import type { Keyed } from './channel.ts'
import type { Following } from './connection.ts'
import type { SendQueue } from './send-queue.ts'
import type { Frame } from './pipe.ts'

/** What a stream stands on. */
export interface ValuesStreamParts {
  readonly topic: string
  /** 0: at the end of the turn. */
  readonly everyMs: number
  /** A value that is what it was is not sent again. Costs a text for each key. */
  readonly skipsSame: boolean
  readonly clock: Clock
  read(changed: ReadonlySet<string> | 'all'): Iterable<Keyed<unknown>> | Promise<Iterable<Keyed<unknown>>>
  /** Values could not be read; they stay owed. */
  failed(error: unknown): void
  /** They could be, again. */
  worked(): void
  /** The last follower has left. */
  ended(): void
}

interface Follower extends Following {
  readonly sendQueue: SendQueue
  /** Changes up to this number were sent; −1 before the first. */
  sent: number
}

/** Who is behind is looked after so often, at most: a client that does not read must cost the others nothing. */
const RETRY_MS = 50
/** With more changed keys than this somebody who is behind gets all of them: who is that slow needs no bookkeeping. */
const MOST_CHANGED = 1_000

/** One topic of a channel of values. */
export class ValuesStream {
  readonly #parts: ValuesStreamParts
  readonly #followers = new Set<Follower>()
  /** By key: the number of its last change. Those that everybody was sent are left out. */
  readonly #changedAt = new Map<string, number>()
  /** What was sent last, and the number under which it was. */
  readonly #sentTexts = new Map<string, { readonly text: string; readonly at: number }>()
  /** Who was sent less than this gets all. */
  #allBefore = 0
  #last = 0
  #timer: Timer | undefined
  /** The timer is only for those who are behind. */
  #isRetry = false
  #isFlushing = false

  constructor(parts: ValuesStreamParts) {
    this.#parts = parts
  }

  /** Owes all values to `sendQueue` from now on. */
  follow(sendQueue: SendQueue): Following {
    const follower: Follower = {
      sendQueue,
      sent: -1,
      end: () => {
        if (!this.#followers.delete(follower) || this.#followers.size > 0) return
        this.#timer?.cancel()
        this.#timer = undefined
        this.#parts.ended()
      },
    }
    this.#followers.add(follower)
    this.#flushSoon()
    return follower
  }

  /** The values of these keys are others now. */
  changed(keys: Iterable<string>): void {
    this.#last++
    for (const key of keys) this.#changedAt.set(key, this.#last)
    if (this.#changedAt.size > MOST_CHANGED) {
      this.#changedAt.clear()
      this.#allBefore = this.#last
    }
    this.#flushSoon()
  }

  #flushSoon(isRetry = false): void {
    if (this.#isFlushing || this.#followers.size === 0) return
    if (this.#timer && (isRetry || !this.#isRetry)) return
    this.#timer?.cancel()
    this.#isRetry = isRetry
    const { clock, everyMs } = this.#parts
    const flush = (): void => {
      if (this.#timer !== timer) return
      this.#timer = undefined
      this.#flush()
    }
    const timer =
      everyMs === 0 && !isRetry
        ? atTheEndOfThisTurn(flush)
        : clock.after(isRetry ? Math.max(everyMs, RETRY_MS) : everyMs, flush)
    this.#timer = timer
  }

  #flush(): void {
    const upTo = this.#last
    const allBefore = this.#allBefore
    const owed = [...this.#followers].filter(({ sent, sendQueue }) => sent < upTo && sendQueue.canTake())
    if (owed.length === 0) return this.#afterFlush(upTo)
    const since = owed.reduce((least, { sent }) => Math.min(least, sent), upTo)
    const changed = since < allBefore ? 'all' : this.#changedSince(since)
    this.#isFlushing = true
    const take = (values: Iterable<Keyed<unknown>>): void => {
      this.#send(owed, values, upTo, allBefore)
      this.#parts.worked()
      this.#afterFlush(upTo)
    }
    const fail = (error: unknown): void => {
      this.#parts.failed(error)
      this.#afterFlush(upTo)
    }
    // What is at hand goes out in this turn.
    try {
      const read = this.#parts.read(changed)
      if (read instanceof Promise) read.then(take).catch(fail)
      else take(read)
    } catch (error) {
      fail(error)
    }
  }

  #changedSince(sent: number): ReadonlySet<string> {
    const keys = new Set<string>()
    for (const [key, at] of this.#changedAt) if (at > sent) keys.add(key)
    return keys
  }

  #send(owed: readonly Follower[], values: Iterable<Keyed<unknown>>, upTo: number, allBefore: number): void {
    const texts = [...values].map(([key, value]) => [key, JSON.stringify(value)] as const)
    if (this.#parts.skipsSame) this.#noteSame(texts, upTo)
    const frames = new Map<number, Frame | undefined>()
    for (const follower of owed) {
      // It has left meanwhile.
      if (!this.#followers.has(follower)) continue
      const { sent, sendQueue } = follower
      if (!frames.has(sent)) frames.set(sent, this.#frame(texts, sent, sent < allBefore))
      const frame = frames.get(sent)
      follower.sent = upTo
      if (frame) sendQueue.send(frame)
    }
  }

  /** A value that is what it was counts as changed when it was sent first. */
  #noteSame(texts: readonly (readonly [key: string, text: string])[], upTo: number): void {
    for (const [key, text] of texts) {
      const before = this.#sentTexts.get(key)
      const changedAt = this.#changedAt.get(key)
      // What changed while it was read counts for the next time.
      if (before?.text !== text) this.#sentTexts.set(key, { text, at: Math.min(changedAt ?? upTo, upTo) })
      else if (changedAt !== undefined && changedAt <= upTo) this.#changedAt.set(key, before.at)
    }
  }

  #frame(
    texts: readonly (readonly [key: string, text: string])[],
    sent: number,
    isAll: boolean,
  ): Frame | undefined {
    const mine = isAll ? texts : texts.filter(([key]) => (this.#changedAt.get(key) ?? 0) > sent)
    if (mine.length === 0 && !isAll) return undefined
    const head = `{"type":"values","topic":${JSON.stringify(this.#parts.topic)}${isAll ? ',"all":true' : ''}`
    return { text: `${head},"values":[${mine.map(([, text]) => text).join(',')}]}` }
  }

  #afterFlush(upTo: number): void {
    this.#isFlushing = false
    let least = this.#last
    for (const { sent } of this.#followers) least = Math.min(least, sent)
    for (const [key, at] of this.#changedAt) if (at <= least) this.#changedAt.delete(key)
    if (this.#last > upTo) this.#flushSoon()
    else if (least < upTo) this.#flushSoon(true)
  }
}

function atTheEndOfThisTurn(work: () => void): Timer {
  let isCancelled = false
  void Promise.resolve().then(() => isCancelled || work())
  return {
    cancel() {
      isCancelled = true
    },
  }
}
