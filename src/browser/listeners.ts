import type { LiveEvent, LiveGap, LiveProblem } from '../live/wire.ts'

/** A channel, as far as clients know it: the type of a server's channel, or one written by hand. */
export interface KnownChannel {
  readonly type: 'values' | 'events'
  /** The pattern of its topics. */
  readonly key: string
  readonly valueType?: unknown
  readonly snapshotType?: unknown
}

/** Hears of the latest values of a topic. */
export interface ValuesListener<Value> {
  /** Those that changed; with `all`, all that there are: what is not among them is gone. */
  values(values: readonly Value[], how: { readonly all: boolean }): void
  /** It is not followed, or no longer. It is asked for again when the client reconnects. */
  refused?(problem: LiveProblem): void
}

/** Hears of the events of a topic. */
export interface EventsListener<Value, Snapshot> {
  /** The state that the events change: at the beginning, and after a gap. Topics that have none do not call it. */
  snapshot?(snapshot: Snapshot): void
  /** Each event once, in order. */
  event(event: LiveEvent<Value>): void
  /** Events before the next one are missing, and cannot be had any more. */
  gap?(gap: LiveGap): void
  /** As of values. */
  refused?(problem: LiveProblem): void
}

/** The patterns of all channels. */
export type KeyOf<Channel extends KnownChannel> = Channel['key']

/** The id that a pattern asks for: one text for each parameter. */
export type TopicId<Key extends string> = { readonly [Name in ParameterName<Key>]: string }

type ParameterName<Key extends string> = Key extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterName<Rest>
  : never

/** Who hears of the topics of a channel. */
export type ListenerOf<Channel extends KnownChannel, Key extends string> = ListenerOfOne<
  Extract<Channel, { readonly key: Key }>
>

type ListenerOfOne<Channel> = Channel extends { readonly type: 'values'; readonly valueType?: infer Value }
  ? ValuesListener<Value>
  : Channel extends { readonly valueType?: infer Value; readonly snapshotType?: infer Snapshot }
    ? EventsListener<Value, Snapshot>
    : never

/** Any listener, as messages find it. */
export interface AnyListener {
  values?(values: readonly unknown[], how: { readonly all: boolean }): void
  snapshot?(snapshot: unknown): void
  event?(event: LiveEvent<unknown>): void
  gap?(gap: LiveGap): void
  refused?(problem: LiveProblem): void
}
