/**
 * The events of one topic, for all who follow it here: read once, serialised once.
 *
 * Guarantee: a follower gets every event after its position, or after its snapshot, in order and once; or it is told of
 * a gap; or it is ended. Mechanism: events are noted before the snapshot is read; who resumes has a subscription of its
 * own until its last event is as late as the last one that all were given, and joins them in that turn. Limit: what the
 * topic has dropped.
 */
import type { Clock } from '../core/clock.ts'
import { LiveRefusedError } from '../core/errors.ts'
import type { Followable, Followed } from './channel.ts'
import type { Following } from './connection.ts'
import { type AnyEvents, batchOf } from './event-batch.ts'
import { EventFollower } from './event-follower.ts'
import { Gather } from './gather.ts'
import { beforeNext } from './position.ts'
import type { SendQueue } from './send-queue.ts'
import { PROBLEMS } from './wire.ts'

/** What a stream stands on. */
export interface EventsStreamParts<Who> {
  readonly topic: string
  readonly id: Readonly<Record<string, string>>
  readonly channel: AnyEvents<Who>
  readonly clock: Clock
  /** Of a topic with a scope: anybody of it. */
  readonly who: Who
  /** The last follower has left. */
  ended(): void
}

/** Who begins to follow. */
export interface NewFollower<Who> {
  readonly sendQueue: SendQueue
  readonly who: Who
  /** The last event that it has; undefined for what comes from now on. */
  readonly since: string | undefined
  /** It cannot go on. */
  failed(error: unknown): void
}

/** So many events are given on at a time. */
const MOST_AT_ONCE = 200

/** One topic of a channel of events. */
export class EventsStream<Who> {
  readonly #parts: EventsStreamParts<Who>
  readonly #followers = new Set<EventFollower<Who>>()
  readonly #ending = new AbortController()
  readonly #begun: Promise<void>
  readonly #gather: Gather<Followable>
  /** All up to here was given. */
  #head = ''

  /** Begins to read. @throws what `follow` of the channel throws */
  constructor(parts: EventsStreamParts<Who>) {
    const { topic, id, channel, clock, who } = parts
    this.#parts = parts
    this.#gather = new Gather(clock, MOST_AT_ONCE, (items) => {
      this.#head = items.at(-1)?.position ?? this.#head
      try {
        const batch = batchOf(topic, channel, items)
        for (const follower of this.#followers) follower.give(batch)
      } catch (error) {
        // Something that is no JSON.
        this.#fail(error)
      }
    })
    const followed = channel.follow(
      id,
      {
        since: 'now',
        signal: this.#ending.signal,
        onGap: (gap) => {
          this.#gather.flush()
          this.#head = beforeNext(this.#head, gap)
          for (const follower of this.#followers) follower.gap(gap)
        },
      },
      who,
    )
    this.#begun = followed.ready.then((position) => {
      this.#head = position
    })
    this.#run(followed).catch((error: unknown) => this.#fail(error))
  }

  /** Begins to give events to somebody. @throws what `follow` of the channel throws, as for a position that is none */
  follow({ sendQueue, who, since, failed }: NewFollower<Who>): Following {
    const { topic, id, channel, clock } = this.#parts
    const follower: EventFollower<Who> = new EventFollower(
      {
        topic,
        id,
        channel,
        clock,
        sendQueue,
        who,
        failed,
        head: () => this.#head,
        left: () => this.#left(follower),
      },
      since,
    )
    this.#followers.add(follower)
    this.#begun.then(() => follower.begin()).catch((error: unknown) => follower.fail(error))
    return follower
  }

  async #run(followed: Followed<Followable>): Promise<void> {
    await this.#begun
    for await (const item of followed) this.#gather.add(item)
    if (this.#ending.signal.aborted) return
    this.#gather.flush()
    throw new LiveRefusedError(PROBLEMS.unavailable, 'This topic has ended.')
  }

  /** Ends it when nobody follows it. */
  endIfUnused(): void {
    if (this.#followers.size > 0 || this.#ending.signal.aborted) return
    this.#gather.drop()
    this.#ending.abort(new LiveRefusedError(PROBLEMS.unavailable, 'nobody follows this any more'))
    this.#parts.ended()
  }

  #fail(error: unknown): void {
    for (const follower of this.#followers) follower.fail(error)
  }

  #left(follower: EventFollower<Who>): void {
    if (this.#followers.delete(follower)) this.endIfUnused()
  }
}
