import { beforeNext, placeOf } from '../live/position.ts'
import type { LiveEvent, ServerMessage } from '../live/wire.ts'
import type { AnyListener } from './listeners.ts'

type OfTopic = Extract<ServerMessage, { readonly type: 'values' | 'begun' | 'events' | 'gap' | 'error' }>

interface Followed {
  readonly listeners: Set<AnyListener>
  /** Of a topic of events: the last one that came. */
  position: string | undefined
  hasValues: boolean
}

/** What a client follows, who listens, and how far each topic of events has come. Bounded by what is followed. */
export class FollowedTopics {
  readonly #byTopic = new Map<string, Followed>()
  /** What the server was asked for on this connection. */
  #asked = new Set<string>()
  /** What was asked for by another text than that of its messages. */
  readonly #as = new Map<string, string>()

  /** True when the server has to be asked: for the first of a topic, and for one more who needs its values. */
  add(topic: string, listener: AnyListener): boolean {
    const followed = this.#byTopic.get(topic) ?? {
      listeners: new Set(),
      position: undefined,
      hasValues: false,
    }
    this.#byTopic.set(topic, followed)
    const isFirst = followed.listeners.size === 0
    followed.listeners.add(listener)
    if (!isFirst && !followed.hasValues) return false
    // Also when it is still asked for, because somebody left just now: it has to begin anew.
    this.#asked.delete(topic)
    return true
  }

  /** True when this was the last of the topic. */
  remove(topic: string, listener: AnyListener): boolean {
    const followed = this.#byTopic.get(topic)
    if (!followed?.listeners.delete(listener) || followed.listeners.size > 0) return false
    this.#byTopic.delete(topic)
    return true
  }

  /** A new connection knows of nothing. */
  reconnected(): void {
    this.#asked = new Set()
    this.#as.clear()
  }

  /** What has to be said so that the server sends what is wanted. It counts as said. */
  changes(): { readonly added: readonly string[]; readonly removed: readonly string[] } {
    const added = [...this.#byTopic.keys()].filter((topic) => !this.#asked.has(topic))
    const wanted = new Set([...this.#byTopic.keys()].map((topic) => this.#as.get(topic) ?? topic))
    const removed: string[] = []
    for (const topic of this.#asked) {
      if (this.#byTopic.has(topic)) continue
      const own = this.#as.get(topic) ?? topic
      this.#as.delete(topic)
      // It may be wanted by another text still.
      if (!wanted.has(own)) removed.push(...new Set([topic, own]))
    }
    this.#asked = new Set(this.#byTopic.keys())
    return { added, removed }
  }

  /** The last event ids of those topics that have one. */
  positions(topics: readonly string[]): Record<string, string> {
    const known = topics.flatMap((topic) => {
      const position = this.#byTopic.get(topic)?.position
      return position === undefined ? [] : [[topic, position] as const]
    })
    return Object.fromEntries(known)
  }

  /** Tells those who listen. What is of no topic that is followed is of none that is wanted any more. */
  take(message: ServerMessage): void {
    if (message.type === 'subscribed')
      for (const [text, topic] of Object.entries(message.as ?? {})) this.#as.set(text, topic)
    if (!('topic' in message) || message.topic === undefined) return
    const { topic } = message
    for (const text of new Set([topic, ...textsOf(topic, this.#as)])) {
      const followed = this.#byTopic.get(text)
      if (followed) take(followed, message)
    }
  }
}

/** The other texts by which a topic was asked for. */
export function textsOf(topic: string, as: ReadonlyMap<string, string>): string[] {
  return [...as].filter(([, own]) => own === topic).map(([text]) => text)
}

function take(followed: Followed, message: OfTopic): void {
  switch (message.type) {
    case 'values':
      followed.hasValues = true
      return tell(followed, ({ values }) => values?.(message.values, { all: message.all === true }))
    case 'begun':
      followed.position = message.position
      if (!('snapshot' in message)) return
      return tell(followed, (listener) => listener.snapshot?.(message.snapshot))
    case 'events':
      for (const event of message.events) {
        if (isOld(event, followed.position)) continue
        followed.position = event.position
        tell(followed, (listener) => listener.event?.(event))
      }
      return
    case 'gap': {
      const { reason, missed, next } = message
      // Numbers that came before may come again, of other events.
      if (followed.position !== undefined) followed.position = beforeNext(followed.position, message)
      return tell(followed, ({ gap }) => gap?.({ reason, missed, next }))
    }
    case 'error': {
      const { code, detail } = message
      // From where it was cannot be gone on: it is begun anew when it is asked for again.
      if (code === 'UNKNOWN_POSITION') followed.position = undefined
      return tell(followed, ({ refused }) => refused?.({ code, detail }))
    }
  }
}

/** A listener that throws is its own business: the others hear of it all the same. */
function tell({ listeners }: Followed, say: (listener: AnyListener) => void): void {
  for (const listener of listeners) {
    try {
      say(listener)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** Whether this event came before: of the same run of numbers, and not after the last one. */
function isOld({ position, seq }: LiveEvent<unknown>, last: string | undefined): boolean {
  if (last === undefined) return false
  const had = placeOf(last)
  return placeOf(position).line === had.line && seq <= had.seq
}
