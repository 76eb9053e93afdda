import { type Clock, sleep } from '../../core/clock.ts'
import { wholeNumber } from '../../keyspace/spec.ts'

/** How to warm up. */
export interface WarmOptions {
  /** Keys of one page: one read of the store, one `loadMany` of what is missing there. Default 500. */
  readonly pageSize?: number
  /** Pages at a time. Default 4. */
  readonly concurrency?: number
  /** Stops after the pages under way. */
  readonly signal?: AbortSignal
  /** Told after each page. */
  readonly onProgress?: (progress: WarmProgress) => void
}

/** How far a warm-up has come. */
export interface WarmProgress {
  /** Keys that are in the cache now: those that were, and those that were loaded. */
  readonly warmed: number
  /** Keys of pages that failed. */
  readonly failed: number
}

/** How a warm-up ended. */
export interface WarmReport extends WarmProgress {
  readonly durationMs: number
  /** Ended by its signal, before all keys had their turn. */
  readonly isAborted: boolean
  /** Of the first page that failed. */
  readonly error: unknown
}

/**
 * Reads `ids` page by page through `readPage`, so many pages at a time. A page that fails is counted, and does not
 * stop the rest. Memory holds the pages under way, not the ids.
 *
 * @throws DeclarationError for options that are none; what `ids` throws
 */
export async function warm<Id>(
  name: string,
  clock: Clock,
  ids: Iterable<Id> | AsyncIterable<Id>,
  readPage: (page: readonly Id[]) => Promise<unknown>,
  { pageSize = 500, concurrency = 4, signal, onProgress }: WarmOptions,
): Promise<WarmReport> {
  wholeNumber(`${name}.warm.pageSize`, pageSize, 10_000)
  wholeNumber(`${name}.warm.concurrency`, concurrency, 64)
  const startedMs = clock.now()
  const underWay = new Set<Promise<void>>()
  let [warmed, failed] = [0, 0]
  let firstError: unknown
  const begin = async (page: readonly Id[]): Promise<void> => {
    try {
      await readPage(page)
      warmed += page.length
    } catch (error) {
      firstError ??= error
      failed += page.length
    }
    onProgress?.({ warmed, failed })
  }
  const start = async (page: readonly Id[]): Promise<void> => {
    while (underWay.size >= concurrency) await Promise.race(underWay)
    const work = begin(page).finally(() => underWay.delete(work))
    underWay.add(work)
    // Between two pages everything else has its turn.
    await sleep(clock, 0)
  }

  let page: Id[] = []
  for await (const id of ids) {
    if (signal?.aborted) break
    page.push(id)
    if (page.length < pageSize) continue
    await start(page)
    page = []
  }
  if (page.length > 0 && !signal?.aborted) await start(page)
  await Promise.all(underWay)
  return {
    warmed,
    failed,
    durationMs: clock.now() - startedMs,
    isAborted: signal?.aborted ?? false,
    error: firstError,
  }
}
