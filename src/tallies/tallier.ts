import type { Clock, Timer } from '../core/clock.ts'
import { hitRatio } from '../keyspace/hit-ratio.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Moments } from '../keyspace/moments.ts'
import { type Counted, type TallyStore, WRITER_KEPT_MS } from './port.ts'

/** What all processes counted in one keyspace. Times are milliseconds since 1970 by the store's clock. */
export interface KeyspaceTotals {
  /** By the names of `counts()`: `l1Hits`, `l2Hits`, `misses`, `loads`, `loadFailures` and so on. */
  readonly counts: Readonly<Record<string, number>>
  /** Hits among hits and loads, as in a process's own: null before the first of them. */
  readonly hitRatio: number | null
  /** When a load last stored a value, in any process. */
  readonly lastRefreshMs: number | null
  /** When a load last failed, in any process. */
  readonly lastLoadFailureMs: number | null
  /** From when on this was counted; null: nothing was. It moves when the store loses its data. */
  readonly sinceMs: number | null
}

/** A keyspace that counts. */
export interface CountingKeyspace {
  readonly keyspace: Keyspace
  readonly moments: Moments
  /** What this process counted so far. */
  counts(): Readonly<Record<string, number>>
}

interface Source extends CountingKeyspace {
  /** The store knows this writer. */
  isKnown: boolean
  /** The last counts that the store confirmed, as text; and when. */
  confirmed: string
  confirmedMs: number
}

/** A process that counts nothing must not be forgotten, or it would have to begin again. */
const REPORT_AT_LEAST_EVERY_MS = WRITER_KEPT_MS / 24

/** Reports what one process counts, and reads what all did. */
export class Tallier {
  readonly #store: TallyStore
  readonly #clock: Clock
  readonly #writer: string
  readonly #sources: ReadonlyMap<string, Source>
  #timer: Timer | undefined

  /** `writer` is another one for each state that is opened. `counting` by the names of the keyspaces. */
  constructor(
    store: TallyStore,
    clock: Clock,
    writer: string,
    counting: ReadonlyMap<string, CountingKeyspace>,
  ) {
    this.#store = store
    this.#clock = clock
    this.#writer = writer
    const source = (each: CountingKeyspace): Source => ({
      ...each,
      isKnown: false,
      confirmed: textOf(each.counts()),
      confirmedMs: clock.now(),
    })
    this.#sources = new Map([...counting].map(([name, each]) => [name, source(each)]))
  }

  /** From now on the store is told by and by. */
  start(): void {
    // One that fails is followed by the next, which contains it.
    this.#timer = this.#store.wheneverWanted(() => this.#report().catch(() => undefined))
  }

  /** What all processes counted, this one to the present moment, the others up to their last report. */
  async totals(): Promise<Record<string, KeyspaceTotals>> {
    await this.#report()
    return readTotals(
      this.#store,
      [...this.#sources].map(([name, { keyspace }]) => [name, keyspace]),
    )
  }

  /** Tells the store for the last time. Resolves even if it does not answer. */
  async end(): Promise<void> {
    this.#timer?.cancel()
    await this.#report().catch(() => undefined)
  }

  async #report(): Promise<void> {
    const nowMs = this.#clock.now()
    await Promise.all([...this.#sources.values()].map((source) => this.#reportOne(source, nowMs)))
  }

  async #reportOne(source: Source, nowMs: number): Promise<void> {
    const counts = source.counts()
    const text = textOf(counts)
    const isDue = source.isKnown && nowMs - source.confirmedMs >= REPORT_AT_LEAST_EVERY_MS
    if (text === source.confirmed && !isDue) return
    const keyspace = source.keyspace.pattern.text
    if (!source.isKnown) {
      // Not in one go with the counts: only what follows a report that is known to have arrived is counted once.
      await this.#store.report(keyspace, this.#writer, NOTHING)
      source.isKnown = true
    }
    await this.#store.report(keyspace, this.#writer, this.#counted(counts, source.moments))
    source.confirmed = text
    source.confirmedMs = nowMs
  }

  #counted(counts: Counted['counts'], { refreshedMs, failedMs }: Moments): Counted {
    const nowMs = this.#clock.now()
    return {
      counts: Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
      refreshAgeMs: refreshedMs === undefined ? undefined : nowMs - refreshedMs,
      failureAgeMs: failedMs === undefined ? undefined : nowMs - failedMs,
    }
  }
}

/** What all processes counted in these keyspaces, up to their last report. Fails as the store does. */
export async function readTotals(
  store: TallyStore,
  keyspaces: readonly (readonly [string, Keyspace])[],
): Promise<Record<string, KeyspaceTotals>> {
  const tallies = await store.read(keyspaces.map(([, { pattern }]) => pattern.text))
  return Object.fromEntries(
    keyspaces.map(([name, { details }], index) => {
      const tally = tallies[index]
      const counts = tally?.counts ?? {}
      const totals: KeyspaceTotals = {
        counts,
        hitRatio: hitRatio(counts, details['loader'] !== false),
        lastRefreshMs: tally?.refreshedMs ?? null,
        lastLoadFailureMs: tally?.failedMs ?? null,
        sinceMs: tally?.sinceMs ?? null,
      }
      return [name, totals]
    }),
  )
}

const NOTHING: Counted = { counts: {}, refreshAgeMs: undefined, failureAgeMs: undefined }

function textOf(counts: Readonly<Record<string, number>>): string {
  return Object.values(counts).join(' ')
}
