/**
 * Work sharing: each event of a key is given to one consumer of a group.
 *
 * Guarantee: an event is given to somebody until a handler has done it, or it was tried so often that it is buried;
 * at least once, so handlers must stand a repeat. Mechanism: what is given is remembered by the store until it is
 * settled; its consumer keeps it alive; what nobody keeps alive is given to another, which is how the work of a dead
 * process, and a failed try, come back. Limit: events that are dropped by age and length are gone for groups, too.
 */
import { type Clock, every, sleep } from '../../core/clock.ts'
import { inTime } from '../../core/in-time.ts'
import type { Taken, TakenEvent, Taker, TopicStore } from './port.ts'
import type { Consumer, TopicEvent } from './topic.ts'
import type { Watchers } from './watchers.ts'

/** What a consumer stands on. */
export interface ConsumerParts<Value> {
  readonly key: string
  readonly store: TopicStore
  readonly watchers: Watchers
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly taker: Taker
  readonly concurrency: number
  readonly attempts: number
  readonly timeoutMs: number
  readonly onMissed: ((count: number) => void) | undefined
  handle(event: TopicEvent<Value>, work: { readonly attempt: number; readonly signal: AbortSignal }): unknown
  /** What is wrong with it, for what cannot be read. */
  parse(stored: TakenEvent, line: string): TopicEvent<Value> | { readonly problem: string }
  failed(operation: string, error: unknown): void
}

const RETRY_MS = 250

/** Begins to work at once. */
export function startConsumer<Value>(parts: ConsumerParts<Value>): Consumer {
  const over = new AbortController()
  const signal = AbortSignal.any([parts.signal, over.signal])
  const done = consume(parts, signal)
  return {
    async stop() {
      over.abort()
      await done
    },
    done,
  }
}

async function consume<Value>(parts: ConsumerParts<Value>, signal: AbortSignal): Promise<void> {
  const { key, store, watchers, clock, taker, concurrency, failed } = parts
  const watcher = watchers.watch(key)
  const running = new Set<Promise<void>>()
  while (!signal.aborted) {
    watcher.settle()
    let taken: Taken
    try {
      taken = await store.take(key, taker, concurrency - running.size)
    } catch (error) {
      failed('consume', error)
      await sleep(clock, RETRY_MS, signal).catch(() => undefined)
      continue
    }
    if (taken.missed > 0) parts.onMissed?.(taken.missed)
    for (const event of taken.events) {
      const work = workOn(parts, event, taken.line, signal).finally(() => running.delete(work))
      running.add(work)
    }
    if (running.size >= concurrency) await Promise.race(running)
    else if (taken.events.length === 0) {
      // What others leave behind is told by nobody.
      const waited = new AbortController()
      const either = AbortSignal.any([signal, waited.signal])
      const timer = clock.after(taker.idleMs / 2, () => waited.abort())
      const wakeUp = Promise.race([watcher.rung(either), ...running])
      await wakeUp
      timer.cancel()
      waited.abort()
    }
  }
  watcher.end()
  await Promise.all(running)
}

async function workOn<Value>(
  parts: ConsumerParts<Value>,
  taken: TakenEvent,
  line: string,
  ending: AbortSignal,
): Promise<void> {
  const { key, store, taker, clock, attempts, failed } = parts
  const { seq, attempt } = taken
  const alive = every(clock, taker.idleMs / 3, () =>
    store.keep(key, taker, seq).catch((error: unknown) => failed('keep', error)),
  )
  try {
    const event = parts.parse(taken, line)
    if ('problem' in event) return await store.bury(key, taker.group, seq, event.problem, attempt)
    try {
      await handleInTime(parts, event, attempt, ending)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      // Otherwise it is left: who takes it after its time tries again.
      if (attempt >= attempts) await store.bury(key, taker.group, seq, reason, attempt)
      return
    }
    await store.settle(key, taker.group, seq)
  } catch (error) {
    // It is given to somebody again.
    failed('settle', error)
  } finally {
    alive.cancel()
  }
}

async function handleInTime<Value>(
  { clock, timeoutMs, handle }: ConsumerParts<Value>,
  event: TopicEvent<Value>,
  attempt: number,
  ending: AbortSignal,
): Promise<void> {
  const late = new AbortController()
  const signal = AbortSignal.any([late.signal, ending])
  const handled = Promise.resolve().then(() => handle(event, { attempt, signal }))
  const done = await inTime(
    clock,
    timeoutMs,
    handled.then(() => true),
  )
  if (done) return
  const error = new Error(`the handler took longer than ${timeoutMs} ms`)
  late.abort(error)
  handled.catch(() => undefined)
  throw error
}
