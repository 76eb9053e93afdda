import { cached, memoryStore, open, type State, type StoreFactory } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { z } from 'zod'
import { freshRedis } from '../servers/redis.ts'

/** Where a suite runs. */
export interface Place {
  readonly store: StoreFactory
  readonly hasL1: boolean
}

/** The places that every suite runs in. */
export const places: Readonly<Record<string, () => Place>> = {
  'the memory store': () => ({ store: memoryStore(), hasL1: true }),
  'Redis without an L1': () => ({ store: redisStore(freshRedis()), hasL1: false }),
  'Redis behind an L1': () => ({ store: redisStore(freshRedis()), hasL1: true }),
}

/** A value on its way into the cache, with a ttl of its own. */
interface Given {
  readonly value: unknown
  readonly ttlMs: number
}

/** The keyspace of one cache. Without an L1 the store answers every read. */
const declare = (hasL1: boolean) =>
  cached({
    key: 'outside:{root}:{name}',
    about: 'What an outside suite stores.',
    value: z.unknown(),
    ttl: '1h',
    ...(hasL1 && { l1: { max: 1_000 } }),
    groups: ['root'],
    tags: ({ root, name }) => namespacesOf(name).map((namespace) => namespaceTag(root, namespace)),
    load: ({ name }, { given }: { given: ReadonlyMap<string, Given> }, { setTtl, skip }) => {
      const one = given.get(name)
      if (one) setTtl(`${one.ttlMs}ms`)
      else skip()
      return one?.value
    },
  })

/**
 * Texts as keys, and namespaces inside namespaces (`users:posts:key1`), on a cached keyspace: what the adapters share.
 * Everything that a root holds is a group, and each namespace is a tag, so `clear` is one command.
 */
export class NamespacedCache {
  readonly #root: string
  readonly #given = new Map<string, Given>()
  readonly #state: Promise<State<{ entry: ReturnType<typeof declare> }>>

  constructor({ store, hasL1 }: Place, root: string) {
    this.#root = root
    this.#state = open({ entry: declare(hasL1) }, { store, deps: { given: this.#given } })
    // Told to whoever uses it.
    this.#state.catch(() => undefined)
  }

  /** The values, in the order of `names`: undefined where there is none. */
  async getMany(names: readonly string[]): Promise<unknown[]> {
    const { entry } = await this.#state
    const values = await entry.getMany(names.map((name) => this.#id(name)))
    return values.map((value) => value ?? undefined)
  }

  async get(name: string): Promise<unknown> {
    return (await this.getMany([name]))[0]
  }

  /** With a ttl of its own a value goes in as loaded: `set` takes the declared one. */
  async set(name: string, value: unknown, ttlMs?: number): Promise<void> {
    const { entry } = await this.#state
    if (ttlMs === undefined) {
      await entry.set(this.#id(name), value)
      return
    }
    this.#given.set(name, { value, ttlMs })
    await entry.delete(this.#id(name))
    await entry.get(this.#id(name))
    this.#given.delete(name)
  }

  /** How many there were. */
  async delete(names: readonly string[]): Promise<number> {
    const { entry } = await this.#state
    return (await entry.deleteMany(names.map((name) => this.#id(name)))).existed
  }

  /** Everything in a namespace, or in the whole root. */
  async clear(namespace?: string): Promise<void> {
    const state = await this.#state
    if (namespace === undefined) await state.entry.clear({ root: this.#root })
    else await state.invalidateTags([namespaceTag(this.#root, namespace)])
  }

  async close(): Promise<void> {
    await (await this.#state).close()
  }

  #id(name: string): { root: string; name: string } {
    return { root: this.#root, name }
  }
}

/** `users` and `users:posts` for `users:posts:key1`. */
function namespacesOf(name: string): string[] {
  const parts = name.split(':')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(':'))
}

function namespaceTag(root: string, namespace: string): string {
  return `outside:${root}:${namespace}`
}
