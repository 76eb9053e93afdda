import { cached, memoryStore, open, type State, type StoreFactory } from 'holdfast'
import { virtualClock, type VirtualClock } from 'holdfast/testing'
import { z } from 'zod'
import type { EntryStore } from '../../../src/entry/port.ts'

export const Price = z.object({ price: z.string(), at: z.number() })
export type Price = z.infer<typeof Price>

/** A source of prices that a test commands: it answers when told to, and lists what it was asked. */
export class Source {
  readonly asked: string[] = []
  #answers: {
    asset: string
    resolve: (price: Price | null) => void
    reject: (error: Error) => void
    signal: AbortSignal
  }[] = []
  /** Answers at once, unless a test takes over. */
  prices: Map<string, Price | null> | undefined = new Map()

  load = (asset: string, signal: AbortSignal): Promise<Price | null> => {
    this.asked.push(asset)
    if (this.prices) return Promise.resolve(this.prices.get(asset) ?? null)
    return new Promise((resolve, reject) => this.#answers.push({ asset, resolve, reject, signal }))
  }

  /** The oldest open question. */
  next(): {
    asset: string
    resolve: (price: Price | null) => void
    reject: (error: Error) => void
    signal: AbortSignal
  } {
    const question = this.#answers.shift()
    if (!question) throw new Error('nobody asked')
    return question
  }
}

export const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: Price,
  ttl: '30s',
  l1: { max: 100 },
  loadTimeout: '5s',
  load: ({ asset }, { source }: { source: Source }, { signal }) => source.load(asset, signal),
})

export interface Bench {
  readonly clock: VirtualClock
  readonly source: Source
  readonly store: StoreFactory
  /** Raw access to what the store holds, as another client. */
  readonly raw: EntryStore
  node(): Promise<State<{ price: typeof price }>>
}

/** One store in memory, one source, one clock; as many nodes as a test opens. */
export function bench(): Bench {
  const clock = virtualClock()
  const source = new Source()
  const store = memoryStore()
  const raw = store({
    clock,
    trackedPrefixes: [],
    listener: {
      changed: () => undefined,
      ticketChanged: () => undefined,
      lost: () => undefined,
      resumed: () => undefined,
    },
  }).entries
  return { clock, source, store, raw, node: () => open({ price }, { store, clock, deps: { source } }) }
}

export const at = (number: number): Price => ({ price: `${number}.00`, at: number })
