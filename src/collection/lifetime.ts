import { ClosedError, DeclarationError } from '../core/errors.ts'
import { type Duration, parseDuration } from '../core/duration.ts'
import type { KeyspaceContext } from '../keyspace/context.ts'
import type { Expectation, Keyspace } from '../keyspace/keyspace.ts'
import { compilePattern, type KeyPattern } from '../keyspace/pattern.ts'
import { wholeNumber } from '../keyspace/spec.ts'
import type { CollectionStore, KeepMs } from './port.ts'

/** Stretches of time, each with a collection of its own: `{ every: '1d', keep: 30 }`. */
export interface WindowSpec {
  /** How long each is. They begin at whole multiples of it since 1970 UTC: those of `1d` at midnight. */
  readonly every: Duration
  /** How many can be read, the present one included. */
  readonly keep: number
}

/** A collection that is kept for so long after its last change, or for good. */
export interface KeptFor {
  /** For so long after the last change; `'forever'`: for good, so as many stay as there are ids. */
  readonly ttl: Duration | 'forever'
  readonly windows?: undefined
}

/** A collection for each stretch of time. */
export interface InWindows {
  readonly windows: WindowSpec
  readonly ttl?: undefined
}

/** What the declarations of collections share. */
export type TimedSpec = (KeptFor | InWindows) & {
  readonly key: string
  readonly about: string
  readonly slot?: string
  readonly expect?: Expectation
}

/** `KeptFor` or `InWindows`, checked. */
export interface KeptSpace extends Keyspace {
  readonly keepMs: KeepMs
  readonly windows: { readonly everyMs: number; readonly keep: number } | undefined
}

/** Which window a call is about. */
export interface WindowChoice {
  /** How many before the present one. Default 0. */
  readonly ago?: number
}

/** The last parameter of calls about a collection: there is a choice where there are windows. */
export type Choice<Windowed extends boolean> = Windowed extends true ? [which?: WindowChoice] : []

const SHORTEST_MS = 1_000
const MOST_WINDOWS = 1_000

/**
 * What a declaration says about keys and time. A window is a parameter of the key, which nobody gives.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function declareLifetime(
  kind: string,
  { key, slot, ttl, windows }: TimedSpec,
): Pick<KeptSpace, 'pattern' | 'keepMs' | 'windows' | 'details'> {
  const field = (name: string): string => `${kind}('${key}').${name}`
  if (windows === undefined) {
    if (ttl === undefined)
      throw new DeclarationError(field('ttl'), "is missing; say how long, as in '7d', or 'forever'")
    const keepMs = ttl === 'forever' ? null : parseDuration(ttl, field('ttl'), SHORTEST_MS)
    return { pattern: compilePattern(key, slot), keepMs, windows: undefined, details: { ttlMs: keepMs } }
  }
  if (ttl !== undefined)
    throw new DeclarationError(field('ttl'), 'says for how long, and so do windows: leave one of them out')
  const everyMs = parseDuration(windows.every, field('windows.every'), SHORTEST_MS)
  const keep = wholeNumber(field('windows.keep'), windows.keep, MOST_WINDOWS)
  const keepMs = everyMs * keep
  return {
    pattern: compilePattern(`${key}:{window}`, slot),
    keepMs,
    windows: { everyMs, keep },
    details: { ttlMs: keepMs, windowMs: everyMs, windows: keep },
  }
}

/** When a window begins, and the key of what is in it. */
export interface WindowKey {
  readonly key: string
  /** The calendar time of the store, ms since 1970. */
  readonly startMs: number
}

/** Makes the keys of a collection, in the present window unless told otherwise. */
export class CollectionKeys<Id extends Readonly<Record<string, string>>> {
  readonly #context: KeyspaceContext
  readonly #keyspace: KeptSpace
  readonly #store: CollectionStore
  readonly #pattern: KeyPattern

  constructor(context: KeyspaceContext, keyspace: KeptSpace, store: CollectionStore) {
    this.#context = context
    this.#keyspace = keyspace
    this.#store = store
    this.#pattern = keyspace.pattern
  }

  /** @throws ClosedError, InvalidIdError; DeclarationError for a window that is not kept */
  key(id: Id, which?: WindowChoice): string {
    const { windows } = this.#keyspace
    if (windows) return this.#inWindow(id, this.#ago(which?.ago ?? 0, windows.keep), windows.everyMs).key
    if (this.#context.isClosed()) throw new ClosedError()
    return this.#pattern.key(id)
  }

  /** The last windows, at most `most`, the present one first. Fails as `key` does. */
  windows(id: Id, most: number | undefined): WindowKey[] {
    const { everyMs, keep } = this.#keyspace.windows ?? { everyMs: 1, keep: 1 }
    const count = most === undefined ? keep : wholeNumber(`${this.#context.name}.windows`, most, keep)
    return Array.from({ length: count }, (_, ago) => this.#inWindow(id, ago, everyMs))
  }

  #inWindow(id: Id, ago: number, everyMs: number): WindowKey {
    if (this.#context.isClosed()) throw new ClosedError()
    const present = Math.floor(this.#store.now(this.#pattern.literalPrefix) / everyMs)
    const startMs = (present - ago) * everyMs
    return { key: this.#pattern.key({ ...id, window: windowName(startMs) }), startMs }
  }

  #ago(ago: number, keep: number): number {
    if (Number.isInteger(ago) && ago >= 0 && ago < keep) return ago
    throw new DeclarationError(`${this.#context.name}.ago`, `${ago} is no whole number from 0 to ${keep - 1}`)
  }
}

/** When it begins, as people who look into the store can read it: `20260131T000000Z`. */
function windowName(startMs: number): string {
  return new Date(startMs).toISOString().replaceAll(/[-:]|\.000/g, '')
}
