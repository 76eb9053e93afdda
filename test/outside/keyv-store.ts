import type { NamespacedCache } from './namespaced-cache.ts'

/** A storage adapter of Keyv, which puts its namespace in front of keys itself and tells it to the store for `clear`. */
export class KeyvStore {
  readonly opts: Record<string, unknown> = {}
  namespace: string | undefined
  readonly #cache: NamespacedCache

  constructor(cache: NamespacedCache) {
    this.#cache = cache
  }

  get(key: string): Promise<unknown> {
    return this.#cache.get(key)
  }

  getMany(keys: string[]): Promise<unknown[]> {
    return this.#cache.getMany(keys)
  }

  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.#cache.set(key, value, ttl)
    return true
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#cache.delete([key])) > 0
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    return (await this.#cache.delete(keys)) > 0
  }

  clear(): Promise<void> {
    return this.#cache.clear(this.namespace)
  }
}
