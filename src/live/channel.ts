/**
 * Channels: what clients may follow, and where it comes from. Two types of them.
 *
 * - `values`, `value`: the latest of something. A client that is slow skips what is outdated.
 * - `events`: each of them, in order, after a snapshot if there is one. A client that is too slow is ended, and resumes.
 */
import { type Duration, parseDuration } from '../core/duration.ts'
import { DeclarationError } from '../core/errors.ts'
import { compilePattern, type IdOf, type KeyPattern } from '../keyspace/pattern.ts'

/** What channels of both types say. */
export interface ChannelRules<Key extends string, Who> {
  /** The pattern of their topics, as in `trades:{agentId}`. */
  readonly key: Key
  /**
   * Whether `who` may follow the topic `id`: an id that is returned takes its place, for topics that can be written in
   * several ways. False is answered with `FORBIDDEN`; a LiveRefusedError says its own.
   */
  may(id: IdOf<Key>, who: Who): boolean | IdOf<Key> | Promise<boolean | IdOf<Key>>
  /** Of topics that are not the same for all: whose it is. Clients of one scope share what is read. */
  scope?(who: Who): string
}

/** One value of a topic, by the key under which only the latest counts. */
export type Keyed<Value> = readonly [key: string, value: Value]

/** The declaration of a channel of values. */
export interface ValuesSpec<Key extends string, Value, Who> extends ChannelRules<Key, Who> {
  /**
   * The values of a topic that changed, or all of them. `who`: of a topic with a scope, anybody of it. When it fails it
   * is asked again.
   */
  read(
    id: IdOf<Key>,
    changed: ReadonlySet<string> | 'all',
    who: Who,
  ): Iterable<Keyed<Value>> | Promise<Iterable<Keyed<Value>>>
  /** What changes within this time goes out together. Default `100ms`; `0ms`: at the end of the turn. */
  readonly every?: Duration
}

/** A channel of values. */
export interface ValuesChannel<Key extends string, Value, Who> extends ValuesSpec<Key, Value, Who> {
  readonly type: 'values'
  readonly pattern: KeyPattern
  readonly everyMs: number
  /** Of a topic with one value: it is not sent again while it is the same. */
  readonly skipsSame: boolean
  /** Carries the type for clients; there is none. */
  readonly valueType?: Value
}

/** The declaration of a channel of one value in each topic. */
export interface ValueSpec<Key extends string, Value, Who> extends ChannelRules<Key, Who> {
  /** The value; undefined while there is none. When it fails it is asked again. */
  get(id: IdOf<Key>, who: Who): Value | undefined | Promise<Value | undefined>
  /** As of `ValuesSpec`. */
  readonly every?: Duration
}

/** What an event has that can be followed: those of topics, and lines of logs. */
export interface Followable {
  readonly id: string
  readonly seq: number
  readonly position: string
  readonly atMs: number
}

/** How events are followed: as `subscribe` of a topic takes it. */
export interface FollowOptions {
  readonly since: 'now' | (string & {})
  readonly signal: AbortSignal
  readonly onGap: (gap: { reason: 'trimmed' | 'lost'; missed: number | null; next: number }) => void
}

/** Events that are followed: what `subscribe` of a topic returns, and `tail` of a log. */
export interface Followed<Item> extends AsyncIterable<Item> {
  readonly ready: Promise<string>
}

/** The declaration of a channel of events. */
export interface EventsSpec<
  Key extends string,
  Item extends Followable,
  Value,
  Snapshot,
  Who,
> extends ChannelRules<Key, Who> {
  /** `(id, options) => state.trades.subscribe(id, options)`. */
  follow(id: IdOf<Key>, options: FollowOptions, who: Who): Followed<Item>
  /** What clients get of an event. Default: its `value`, or all of it. */
  value?(item: Item): Value
  /** The state that the events change. It is read after events are noted from; so nothing is missing in between. */
  snapshot?(id: IdOf<Key>, who: Who): Snapshot | Promise<Snapshot>
  /** Whether the snapshot shows what an event tells: those at the beginning that it shows are left out. */
  includes?(snapshot: Snapshot, item: Item): boolean
}

/** A channel of events. */
export interface EventsChannel<
  Key extends string,
  Item extends Followable,
  Value,
  Snapshot,
  Who,
> extends EventsSpec<Key, Item, Value, Snapshot, Who> {
  readonly type: 'events'
  readonly pattern: KeyPattern
  value(item: Item): Value
  /** Carry the types for clients; there is none. */
  readonly valueType?: Value
  /** See `valueType`. */
  readonly snapshotType?: Snapshot
}

/** Any channel. */
export type AnyChannel<Who = never> =
  | ValuesChannel<string, unknown, Who>
  | EventsChannel<string, Followable, unknown, unknown, Who>

/** A channel of the latest values. @throws DeclarationError naming the field that is wrong */
export function values<const Key extends string, Value, Who>(
  spec: ValuesSpec<Key, Value, Who>,
): ValuesChannel<Key, Value, Who> {
  checkFunctions('values', spec, ['may', 'read'])
  return valuesChannel(spec, false)
}

function valuesChannel<Key extends string, Value, Who>(
  spec: ValuesSpec<Key, Value, Who>,
  skipsSame: boolean,
): ValuesChannel<Key, Value, Who> {
  const everyMs = parseDuration(spec.every ?? '100ms', `values('${spec.key}').every`, 0)
  return Object.freeze({ ...spec, type: 'values', pattern: compilePattern(spec.key), everyMs, skipsSame })
}

/** A channel of topics with one latest value each, which is sent when it is another. @throws DeclarationError naming the field that is wrong */
export function value<const Key extends string, Value, Who>(
  spec: ValueSpec<Key, Value, Who>,
): ValuesChannel<Key, Value, Who> {
  checkFunctions('value', spec, ['may', 'get'])
  const { get, ...rules } = spec
  const listOf = (found: Value | undefined): Keyed<Value>[] => (found === undefined ? [] : [['', found]])
  const read = (id: IdOf<Key>, _: unknown, who: Who): Keyed<Value>[] | Promise<Keyed<Value>[]> => {
    const found = get(id, who)
    return found instanceof Promise ? found.then(listOf) : listOf(found)
  }
  return valuesChannel({ ...rules, read }, true)
}

/** A channel of events. @throws DeclarationError naming the field that is wrong */
export function events<
  const Key extends string,
  Item extends Followable,
  Who,
  Snapshot = undefined,
  Value = Item extends { readonly value: infer Held } ? Held : Item,
>(spec: EventsSpec<Key, Item, Value, Snapshot, Who>): EventsChannel<Key, Item, Value, Snapshot, Who> {
  checkFunctions('events', spec, ['may', 'follow'])
  const heldBy = (item: Item): Value => ('value' in item ? item.value : item) as Value
  return Object.freeze({
    ...spec,
    type: 'events',
    pattern: compilePattern(spec.key),
    value: spec.value ?? heldBy,
  })
}

function checkFunctions(type: string, spec: object, names: readonly string[]): void {
  const { key } = spec as { readonly key?: unknown }
  if (typeof key !== 'string')
    throw new DeclarationError(`${type}.key`, "is no text; write a pattern such as 'trades:{agentId}'")
  for (const name of names)
    if (typeof (spec as Readonly<Record<string, unknown>>)[name] !== 'function')
      throw new DeclarationError(`${type}('${key}').${name}`, 'is no function')
}
