import type { Clock } from '../core/clock.ts'
import type { AnyChannel } from './channel.ts'
import type { Following } from './connection.ts'
import { EventsStream, type NewFollower } from './events-stream.ts'
import type { FoundTopic } from './find-topic.ts'
import { ValuesStream } from './values-stream.ts'

/** What all streams of a bridge stand on. */
export interface StreamsParts {
  readonly clock: Clock
  /** Something of a topic could not be read. It is tried again. */
  failed(topic: string, error: unknown): void
  worked(topic: string): void
}

interface Open<Who> {
  readonly channel: AnyChannel<Who>
  readonly id: Readonly<Record<string, string>>
  readonly scope: string | undefined
  readonly stream: ValuesStream | EventsStream<Who>
}

/** The topics that are followed in this process, each read once for all who share it. */
export class Streams<Who> {
  readonly #parts: StreamsParts
  /** By topic and scope. */
  readonly #open = new Map<string, Open<Who>>()

  constructor(parts: StreamsParts) {
    this.#parts = parts
  }

  /** @throws what `follow` of a channel of events throws */
  follow(topic: string, { channel, id }: FoundTopic<AnyChannel<Who>>, asked: NewFollower<Who>): Following {
    const scope = channel.scope?.(asked.who)
    const { stream } =
      this.#open.get(keyOf(topic, scope)) ?? this.#begin(topic, scope, { channel, id }, asked.who)
    if (stream instanceof ValuesStream) return stream.follow(asked.sendQueue)
    try {
      return stream.follow(asked)
    } catch (error) {
      stream.endIfUnused()
      throw error
    }
  }

  /** The values of `keys` of a topic are others now; it may be that nobody follows it. */
  changed(topic: string, scope: string | undefined, keys: Iterable<string>): void {
    const open = this.#open.get(keyOf(topic, scope))
    if (open?.stream instanceof ValuesStream) open.stream.changed(keys)
  }

  /** How many topics are followed. */
  get size(): number {
    return this.#open.size
  }

  /** All topics of a channel that somebody follows. */
  of(
    channel: unknown,
  ): { readonly id: Readonly<Record<string, string>>; readonly scope: string | undefined }[] {
    return [...this.#open.values()]
      .filter((open) => open.channel === channel)
      .map(({ id, scope }) => ({ id, scope }))
  }

  #begin(
    topic: string,
    scope: string | undefined,
    { channel, id }: FoundTopic<AnyChannel<Who>>,
    who: Who,
  ): Open<Who> {
    const key = keyOf(topic, scope)
    const { clock, failed, worked } = this.#parts
    const ended = (): void => {
      if (this.#open.get(key)?.stream === stream) this.#open.delete(key)
    }
    const stream: Open<Who>['stream'] =
      channel.type === 'values'
        ? new ValuesStream({
            topic,
            everyMs: channel.everyMs,
            skipsSame: channel.skipsSame,
            clock,
            read: (changed) => channel.read(id, changed, who),
            failed: (error) => failed(topic, error),
            worked: () => worked(topic),
            ended,
          })
        : new EventsStream({ topic, id, channel, clock, who, ended })
    const open = { channel, id, scope, stream }
    this.#open.set(key, open)
    return open
  }
}

function keyOf(topic: string, scope: string | undefined): string {
  return scope === undefined ? topic : `${topic}\n${scope}`
}
