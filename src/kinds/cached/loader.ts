import { type Duration, parseDuration } from '../../core/duration.ts'
import { InvalidValueError, LoadError, LoadTimeoutError } from '../../core/errors.ts'
import { signals } from '../../core/signals.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { CachedCounts } from './counts.ts'
import type { CachedKeyspace, LoadFunction } from './declare.ts'

/** Of one `getMany` without `loadMany`. */
const LOADS_AT_ONCE = 16

/** What a loader answered, not yet checked, and how old it said that it was when the load began. */
export interface Loaded {
  readonly value: unknown
  readonly ageMs: number
  /** A ttl of its own. */
  readonly ttlMs: number | undefined
  /** It is stored nowhere. */
  readonly isSkipped: boolean
  /** What the loader tagged it with. */
  readonly tags: readonly string[]
}

function newlyLoaded(value: unknown): Loaded {
  return { value, ageMs: 0, ttlMs: undefined, isSkipped: false, tags: [] }
}

/** Calls the loaders of one keyspace: with a deadline, counted, and with their failures wrapped. */
export class Loader<Id, Value, Deps> {
  readonly #context: KeyspaceContext
  readonly #keyspace: CachedKeyspace<Id, Value, Deps>
  readonly #deps: Deps
  readonly #counts: CachedCounts

  constructor(
    context: KeyspaceContext,
    keyspace: CachedKeyspace<Id, Value, Deps>,
    deps: Deps,
    counts: CachedCounts,
  ) {
    this.#context = context
    this.#keyspace = keyspace
    this.#deps = deps
    this.#counts = counts
  }

  /**
   * What the loader says of each id, in their order; null for every id without a loader. `own` is asked instead of
   * those that are declared.
   *
   * @throws LoadError with the loader's own error as cause, or LoadTimeoutError
   */
  async load(
    ids: readonly Id[],
    keys: readonly string[],
    own?: LoadFunction<Id, Value>,
  ): Promise<readonly Loaded[]> {
    const { load, loadMany } = this.#keyspace
    if (loadMany && !own && (ids.length > 1 || !load)) {
      return this.#call(keys, async (signal) => {
        const values: unknown = await loadMany(ids, this.#deps, { signal })
        if (Array.isArray(values) && values.length === ids.length) return values.map(newlyLoaded)
        throw new InvalidValueError(
          this.#context.name,
          `loadMany was asked for ${ids.length} ids and must answer with a list of as many`,
        )
      })
    }
    if (!load && !own) return ids.map(() => newlyLoaded(null))
    return this.#call(keys, async (signal) => {
      const loaded: Loaded[] = []
      let next = 0
      const workThrough = async (): Promise<void> => {
        while (next < ids.length && !signal.aborted) {
          const index = next++
          let ageMs = 0
          const setAge = (ms: number): void => {
            ageMs = Math.max(0, ms)
            // An age that nobody knows would pass for a fresh one: it compares with no bound.
            if (Number.isNaN(ageMs)) throw new TypeError(`setAge takes milliseconds, not ${ms}`)
          }
          let ttlMs: number | undefined
          const setTtl = (ttl: Duration): void => {
            ttlMs = parseDuration(ttl, `${this.#context.name}.setTtl`)
          }
          let isSkipped = false
          const skip = (): void => {
            isSkipped = true
          }
          const tags = new Set<string>()
          const tag = (...more: readonly string[]): void => more.forEach((each) => tags.add(each))
          const context = { signal, setAge, setTtl, skip, tag }
          const id = ids[index] as Id
          const value: unknown = await (own ? own(id, context) : load?.(id, this.#deps, context))
          loaded[index] = { value, ageMs, ttlMs, isSkipped, tags: [...tags] }
        }
      }
      const worker = (): Promise<void> =>
        workThrough().catch((error: unknown) => {
          // One that fails, fails all: nobody waits for those that were not asked for yet.
          next = ids.length
          throw error
        })
      await Promise.all(Array.from({ length: Math.min(ids.length, LOADS_AT_ONCE) }, worker))
      return loaded
    })
  }

  async #call(
    keys: readonly string[],
    work: (signal: AbortSignal) => Promise<readonly Loaded[]>,
  ): Promise<readonly Loaded[]> {
    const what = keys.length === 1 ? (keys[0] as string) : `${keys.length} keys of ${this.#context.name}`
    const { loadTimeoutMs } = this.#keyspace
    const startedMs = this.#context.clock.now()
    const abort = new AbortController()
    this.#counts.loads += keys.length
    const timeout = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error), { once: true })
    })
    const deadline = this.#context.clock.after(loadTimeoutMs, () => {
      abort.abort(new LoadTimeoutError(what, loadTimeoutMs))
    })
    try {
      const loaded = await Promise.race([work(abort.signal), timeout])
      this.#report('loaded', keys.length, startedMs)
      return loaded
    } catch (error) {
      this.#counts.loadFailures += keys.length
      this.#context.moments.failedMs = this.#context.clock.now()
      if (error instanceof LoadTimeoutError) {
        this.#report('timeout', keys.length, startedMs, error)
        throw error
      }
      this.#report('failed', keys.length, startedMs, error)
      throw new LoadError(what, error)
    } finally {
      deadline.cancel()
    }
  }

  #report(outcome: 'loaded' | 'failed' | 'timeout', keys: number, startedMs: number, error?: unknown): void {
    if (!signals.load.hasSubscribers) return
    const { state, name, clock } = this.#context
    const durationMs = clock.now() - startedMs
    signals.load.publish({ state, keyspace: name, keys, durationMs, outcome, error })
  }
}
