/**
 * One follower of a topic of events.
 *
 *   resuming: reads by itself ──caught up──▶ live: gets what all get
 *       │ gap, and there is a snapshot          │ the same
 *       ▼                                       ▼
 *   starting: what all get is kept until the snapshot is read ──▶ live
 */
import type { Clock } from '../core/clock.ts'
import { LiveRefusedError } from '../core/errors.ts'
import type { Followable, Followed } from './channel.ts'
import type { Following } from './connection.ts'
import { type AnyEvents, batchOf, dropFirst, type EventBatch } from './event-batch.ts'
import { Gather } from './gather.ts'
import type { SendQueue } from './send-queue.ts'
import { frameOf } from './pipe.ts'
import { beforeNext, placeOf } from './position.ts'
import { type LiveGap, PROBLEMS } from './wire.ts'

/** What a follower stands on. */
export interface EventFollowerParts<Who> {
  readonly topic: string
  readonly id: Readonly<Record<string, string>>
  readonly channel: AnyEvents<Who>
  readonly clock: Clock
  readonly sendQueue: SendQueue
  readonly who: Who
  /** The position up to which events were given to all. */
  head(): string
  left(): void
  /** It cannot go on. */
  failed(error: unknown): void
}

/** What a follower reads by itself. */
interface Own {
  readonly followed: Followed<Followable>
  readonly ending: AbortController
  readonly gather: Gather<Followable>
}

/** So many events may wait for a snapshot. */
const MOST_EARLY = 10_000
const MOST_AT_ONCE = 100

/** See above. */
export class EventFollower<Who> implements Following {
  readonly #parts: EventFollowerParts<Who>
  #mode: 'waiting' | 'starting' | 'resuming' | 'live' | 'ended' = 'waiting'
  /** The last event that it was sent, or the place from which it was promised all. */
  #cursor = ''
  #early: EventBatch[] = []
  #snapshot: { readonly value: unknown } | undefined
  /** How often a snapshot was asked for. */
  #starts = 0
  #own: Own | undefined

  /** `since`: the last event that it has. @throws what `follow` of the channel throws */
  constructor(parts: EventFollowerParts<Who>, since: string | undefined) {
    this.#parts = parts
    if (since === undefined) return
    this.#cursor = since
    this.#own = this.#follow(since)
  }

  /** The stream has begun. */
  async begin(): Promise<void> {
    if (this.#mode === 'ended') return
    if (this.#own) await this.#resume(this.#own)
    else await this.#start()
  }

  /** What all get. */
  give(batch: EventBatch): void {
    if (this.#mode === 'live') return this.#send(batch)
    if (this.#mode !== 'starting') return
    this.#early.push(batch)
    const waiting = this.#early.reduce((sum, { items }) => sum + items.length, 0)
    if (waiting > MOST_EARLY)
      this.fail(new LiveRefusedError(PROBLEMS.unavailable, 'The snapshot takes too long.'))
  }

  /** Of what all get, events are missing before the next one. */
  gap(gap: LiveGap): void {
    const failed = (error: unknown): void => this.fail(error)
    // The snapshot that is being read may be older than what is missing.
    if (this.#mode === 'starting') return void this.#start().catch(failed)
    if (this.#mode === 'live') return this.#gapped(gap)
    // Who reads by itself finds what was trimmed by itself. What it has read of a stream that was lost is void.
    if (this.#mode !== 'resuming' || gap.reason !== 'lost') return
    this.#endOwn()
    try {
      this.#own = this.#follow(this.#cursor)
      this.#resume(this.#own, false).catch(failed)
    } catch (error) {
      failed(error)
    }
  }

  fail(error: unknown): void {
    if (this.#mode !== 'ended') this.#parts.failed(error)
  }

  end(): void {
    this.#mode = 'ended'
    this.#early = []
    this.#endOwn()
    this.#parts.left()
  }

  #follow(since: string): Own {
    const { channel, clock, topic, id, who } = this.#parts
    const ending = new AbortController()
    const gather = new Gather<Followable>(clock, MOST_AT_ONCE, (items) => {
      try {
        this.#send(batchOf(topic, channel, items))
      } catch (error) {
        this.fail(error)
      }
    })
    const onGap = (gap: LiveGap): void => {
      if (this.#own?.gather !== gather) return
      gather.flush()
      this.#gapped(gap)
    }
    return { followed: channel.follow(id, { since, signal: ending.signal, onGap }, who), ending, gather }
  }

  #gapped(gap: LiveGap): void {
    const { topic, sendQueue, channel } = this.#parts
    sendQueue.offer(frameOf({ type: 'gap', topic, ...gap }), 1)
    // The store may be as it was before: then numbers that were sent come again, of other events.
    this.#cursor = beforeNext(this.#cursor, gap)
    // Whoever has a snapshot starts from a new one.
    if (channel.snapshot) this.#start().catch((error: unknown) => this.fail(error))
  }

  async #start(): Promise<void> {
    const { channel, id, who, head } = this.#parts
    const start = ++this.#starts
    this.#endOwn()
    this.#mode = 'starting'
    this.#early = []
    this.#cursor = head()
    const value = await channel.snapshot?.(id, who)
    // It left, or another gap has begun it anew.
    if (this.#mode !== 'starting' || this.#starts !== start) return
    this.#snapshot = channel.includes && { value }
    this.#tellBegun(channel.snapshot && { snapshot: value })
    this.#mode = 'live'
    const early = this.#early
    this.#early = []
    for (const batch of early) this.#send(batch)
  }

  async #resume(own: Own, isNew = true): Promise<void> {
    const { followed, gather } = own
    this.#mode = 'resuming'
    if (isNew) this.#tellBegun()
    if (this.#isAtHead(this.#cursor, false)) return this.#join()
    for await (const item of followed) {
      if (this.#own !== own) return
      gather.add(item)
      // In the turn in which this is known: what comes next is given to all.
      if (this.#isAtHead(item.position, true)) {
        gather.flush()
        return this.#join()
      }
      await this.#parts.sendQueue.room()
    }
  }

  #tellBegun(shown?: { readonly snapshot: unknown }): void {
    const { topic, sendQueue } = this.#parts
    const position = this.#cursor
    const frame = frameOf({ type: 'begun', topic, position, ...shown })
    sendQueue.offer({ ...frame, resume: { topic, position } }, 1)
  }

  #join(): void {
    if (this.#mode === 'resuming') this.#mode = 'live'
    this.#endOwn()
  }

  #isAtHead(position: string, isEvent: boolean): boolean {
    const [here, head] = [placeOf(position), placeOf(this.#parts.head())]
    // A topic that had no event has no run of numbers yet: any event is as late.
    if (here.line !== head.line) return isEvent && head.line === ''
    // What a client says to have had may never have been: only its own reading tells.
    return isEvent ? here.seq >= head.seq : here.seq === head.seq
  }

  /** Leaves out what it has: from its own reading, or by its snapshot. */
  #send(batch: EventBatch): void {
    const { topic, channel, sendQueue } = this.#parts
    const { line, seq } = placeOf(this.#cursor)
    let skip = 0
    for (const item of batch.items) {
      const isOld = item.seq <= seq && placeOf(item.position).line === line
      if (!isOld && !(this.#snapshot && channel.includes?.(this.#snapshot.value, item))) break
      skip++
    }
    const rest = dropFirst(topic, batch, skip)
    const last = rest.items.at(-1)
    if (!last) return
    this.#snapshot = undefined
    this.#cursor = last.position
    sendQueue.offer(rest.frame, rest.items.length)
  }

  #endOwn(): void {
    const own = this.#own
    this.#own = undefined
    own?.gather.drop()
    own?.ending.abort(new LiveRefusedError(PROBLEMS.unavailable, 'it is read no more'))
  }
}
