import type { CacheDriver } from 'bentocache/types'
import type { NamespacedCache } from './namespaced-cache.ts'

/** A driver of bentocache: texts under keys, in namespaces. */
export class BentocacheDriver implements CacheDriver {
  readonly #cache: NamespacedCache
  readonly #namespace: string | undefined

  constructor(cache: NamespacedCache, namespace?: string) {
    this.#cache = cache
    this.#namespace = namespace
  }

  namespace(namespace: string): BentocacheDriver {
    return new BentocacheDriver(this.#cache, this.#name(namespace))
  }

  async get(key: string): Promise<string | undefined> {
    return (await this.#cache.get(this.#name(key))) as string | undefined
  }

  async pull(key: string): Promise<string | undefined> {
    const value = await this.get(key)
    await this.delete(key)
    return value
  }

  async set(key: string, value: string, ttl?: number): Promise<boolean> {
    await this.#cache.set(this.#name(key), value, ttl)
    return true
  }

  async delete(key: string): Promise<boolean> {
    return (await this.#cache.delete([this.#name(key)])) > 0
  }

  async deleteMany(keys: string[]): Promise<boolean> {
    await this.#cache.delete(keys.map((key) => this.#name(key)))
    return true
  }

  clear(): Promise<void> {
    return this.#cache.clear(this.#namespace)
  }

  disconnect(): Promise<void> {
    return this.#cache.close()
  }

  #name(key: string): string {
    return this.#namespace === undefined ? key : `${this.#namespace}:${key}`
  }
}
