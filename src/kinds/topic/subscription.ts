/**
 * A subscription reads its stream page by page from where it is, and waits for a change when there is nothing more.
 *
 * Guarantee: events come in the order of their numbers, none twice, and none is left out without a word. Mechanism:
 * numbers have no gap, so what is missing shows; a change is watched for before the stream is read. Limit: what the
 * store lost, or dropped by age and length, cannot be had any more, and `onGap` says so.
 */
import { type Clock, sleep } from '../../core/clock.ts'
import type { StoredEvent, StreamPage, TopicStore } from './port.ts'
import { type Place, positionOf } from './position.ts'
import type { Gap, Subscription, TopicEvent } from './topic.ts'
import type { Watchers } from './watchers.ts'

/** What a subscription stands on. */
export interface SubscriptionParts<Value> {
  readonly key: string
  readonly store: TopicStore
  readonly watchers: Watchers
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly since: 'now' | 'start' | Place
  readonly onGap: ((gap: Gap) => void) | undefined
  /** Undefined for what cannot be read: it is left out. */
  parse(stored: StoredEvent, line: string): TopicEvent<Value> | undefined
  failed(operation: string, error: unknown): void
}

/** So many events are in memory at a time. */
const PAGE = 200
/** A store that fails is asked again so soon, when it does not tell before that it is back. */
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 2_000

/** Begins at once: `ready` tells from where on. */
export function subscription<Value>(parts: SubscriptionParts<Value>): Subscription<Value> {
  const watcher = parts.watchers.watch(parts.key)
  const begun = begin(parts)
  begun.catch(() => undefined)
  let isTaken = false
  async function* events(): AsyncGenerator<TopicEvent<Value>, void, undefined> {
    if (isTaken) throw new TypeError('a subscription is iterated once: subscribe again')
    isTaken = true
    try {
      let place = await begun
      // Whoever takes all that is kept misses nothing by what is not.
      let takesWhatIsKept = parts.since === 'start'
      while (place && !parts.signal.aborted) {
        watcher.settle()
        const page = await persist(parts, (seq) => parts.store.read(parts.key, seq, PAGE), place.seq)
        if (!page) return
        const gap = takesWhatIsKept ? undefined : gapBefore(place, page)
        takesWhatIsKept = false
        if (gap) {
          parts.onGap?.(gap)
          place = { line: page.line, seq: gap.next - 1 }
          // Of what takes its place nothing was read yet.
          if (gap.reason === 'lost') continue
        }
        if (page.line !== '') place = { line: page.line, seq: place.seq }
        for (const stored of page.events) {
          if (parts.signal.aborted) return
          const event = parts.parse(stored, page.line)
          if (event) yield event
          place = { line: page.line, seq: stored.seq }
        }
        if (page.events.length < PAGE) await watcher.rung(parts.signal)
      }
    } finally {
      watcher.end()
      parts.signal.removeEventListener('abort', stopWatching)
    }
  }
  const stopWatching = (): void => {
    if (!isTaken) watcher.end()
  }
  parts.signal.addEventListener('abort', stopWatching, { once: true })
  const ready = begun.then((place) => {
    if (place) return positionOf(place)
    throw parts.signal.reason
  })
  ready.catch(() => undefined)
  return { ready, [Symbol.asyncIterator]: events }
}

async function begin<Value>(parts: SubscriptionParts<Value>): Promise<Place | undefined> {
  const { since, store, key } = parts
  if (typeof since === 'object') return since
  const page = await persist(parts, () => store.latest(key, 1), 0)
  if (!page) return undefined
  // An empty line stands for whatever there will be.
  return since === 'now' ? { line: page.line, seq: page.last } : { line: '', seq: 0 }
}

/** What a page shows to be missing between `place` and its first event. */
function gapBefore({ line, seq }: Place, page: StreamPage): Gap | undefined {
  const next = page.events[0]?.seq ?? page.last + 1
  // Nothing at all is known of a stream whose numbers were forgotten, until the next event begins a new line.
  if (page.line === '') return undefined
  if (line !== '' && page.line !== line) return { reason: 'lost', missed: null, next: 1 }
  // The store came back as it was before: numbers that were read will be those of other events.
  if (page.last < seq) return { reason: 'lost', missed: null, next: page.last + 1 }
  if (next <= seq + 1) return undefined
  return { reason: 'trimmed', missed: next - seq - 1, next }
}

/** Asks the store until it answers. Undefined when the subscription ends before. */
async function persist<Value>(
  { signal, clock, failed }: SubscriptionParts<Value>,
  ask: (seq: number) => Promise<StreamPage>,
  seq: number,
): Promise<StreamPage | undefined> {
  for (let retryMs = FIRST_RETRY_MS; !signal.aborted; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await ask(seq)
    } catch (error) {
      failed('subscribe', error)
      await sleep(clock, retryMs, signal).catch(() => undefined)
    }
  }
  return undefined
}
