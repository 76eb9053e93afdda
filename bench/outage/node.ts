import { setTimeout as wait } from 'node:timers/promises'
import { cached, HoldfastError, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { type Call, type Figures, figuresOf } from './figures.ts'

/** What the keyspaces of a drill do while the store is down. */
export const MODES = ['load', 'stale', 'fail'] as const
/** One of them. */
export type Mode = (typeof MODES)[number]

/** One application that reads through the cache: here, or in a process of its own. */
export interface DrillNode {
  /** Calls `get` so many times a second in each keyspace, over all `names` in turn, until `end`. */
  begin(names: readonly string[], rates: Readonly<Record<Mode, number>>): Promise<void>
  /** Calls that begin from now on belong to another phase. The figures of the one that ends, once all have settled. */
  nextPhase(): Promise<Record<Mode, Figures>>
  /** No more calls. */
  end(): Promise<void>
  /** Deletes `name` in every keyspace until the store has confirmed it; `version` is what the source has by now. */
  invalidate(name: string, version: number): Promise<void>
  /** What is answered to a read, and from where. Undefined when it fails. */
  read(mode: Mode, name: string): Promise<{ value: number | null; tier: string } | undefined>
  close(): Promise<void>
}

/** Where a node is, and what it loads from. */
export interface NodeOptions {
  readonly redisUrl: string
  readonly commandTimeoutMs: number
  readonly load: (key: string, name: string) => Promise<number>
}

const TICK_MS = 5
/** How soon an invalidation that was refused is tried again. */
export const RETRY_MS = 250

/** Opens a node in this process. */
export async function openNode({ redisUrl, commandTimeoutMs, load }: NodeOptions): Promise<DrillNode> {
  const declare = (mode: Mode) =>
    cached({
      key: `${mode}:{name}`,
      about: 'Versions of a source.',
      value: z.number(),
      ttl: '1h',
      l1: { max: 1_000 },
      onStoreDown: mode,
      load: ({ name }) => load(`${mode}:${name}`, name),
    })
  const state = await open(
    { load: declare('load'), stale: declare('stale'), fail: declare('fail') },
    { store: redisStore({ url: redisUrl, namespace: 'outage', commandTimeout: `${commandTimeoutMs}ms` }) },
  )
  /** The least that a read may answer from now on. */
  const least = new Map<string, number>()
  let calls: Record<Mode, Promise<Call>[]> = { load: [], stale: [], fail: [] }
  let timer: NodeJS.Timeout | undefined

  /** The versions of which invalidations are to be confirmed, and those that are under way. */
  const wanted = new Map<string, number>()
  const confirming = new Map<string, Promise<void>>()

  /** One attempt after the other, for whatever was changed before it. */
  const confirm = async (name: string): Promise<void> => {
    for (;;) {
      const version = wanted.get(name) ?? 0
      try {
        await Promise.all(MODES.map((mode) => state[mode].delete({ name })))
      } catch {
        await wait(RETRY_MS)
        continue
      }
      least.set(name, version)
      if (wanted.get(name) === version) return
    }
  }

  const call = async (mode: Mode, name: string): Promise<Call> => {
    const leastVersion = least.get(name) ?? 0
    const startedMs = performance.now()
    try {
      const { value, stale } = await state[mode].read({ name })
      const isOutdated = (value ?? 0) < leastVersion && !stale
      return { tookMs: performance.now() - startedMs, isStale: stale, isOutdated }
    } catch (error) {
      const code = error instanceof HoldfastError ? error.code : String(error)
      return { tookMs: performance.now() - startedMs, error: code }
    }
  }

  return {
    async begin(names, rates) {
      const startedMs = performance.now()
      const sent: Record<Mode, number> = { load: 0, stale: 0, fail: 0 }
      timer = setInterval(() => {
        const passedMs = performance.now() - startedMs
        for (const mode of MODES) {
          const due = Math.floor((passedMs / 1_000) * rates[mode])
          while (sent[mode] < due) calls[mode].push(call(mode, names[sent[mode]++ % names.length] as string))
        }
      }, TICK_MS)
    },

    async nextPhase() {
      const ended = calls
      calls = { load: [], stale: [], fail: [] }
      const figures = await Promise.all(MODES.map(async (mode) => figuresOf(await Promise.all(ended[mode]))))
      return Object.fromEntries(MODES.map((mode, index) => [mode, figures[index]])) as Record<Mode, Figures>
    },

    async end() {
      clearInterval(timer)
    },

    invalidate(name, version) {
      wanted.set(name, version)
      const known = confirming.get(name)
      if (known) return known
      const confirmed = confirm(name).finally(() => confirming.delete(name))
      confirming.set(name, confirmed)
      return confirmed
    },

    async read(mode, name) {
      try {
        const { value, tier } = await state[mode].read({ name })
        return { value, tier }
      } catch {
        return undefined
      }
    },

    close: () => state.close(),
  }
}
