import { E_LOCK_NOT_OWNED } from '@verrou/core'
import type { LockStore as VerrouStore } from '@verrou/core/types'
import { type Store, type StoreFactory, systemClock } from 'holdfast'

/**
 * The locks of one of our stores, as verrou sees a store. Two things differ, and are bridged here:
 *
 * - A lock of verrou that is taken again must wait, although its owner has it; with us an owner that asks again has it,
 *   because it may not have heard of its grant. So each taking is an owner of its own.
 * - Nobody can look at a lock of ours: an answer would be outdated. Who tries to take it finds out.
 */
export class VerrouLocks implements VerrouStore {
  readonly #opened: Promise<Store>
  /** Under whose name verrou's owners have what they took. */
  readonly #owners = new Map<string, string>()
  #takings = 0

  constructor(factory: StoreFactory) {
    const listener = {
      changed: () => undefined,
      ticketChanged: () => undefined,
      lost: () => undefined,
      resumed: () => undefined,
    }
    const store = factory({ clock: systemClock, trackedPrefixes: [], listener })
    this.#opened = store.connect().then(() => store)
  }

  async save(key: string, owner: string, ttl: number | null): Promise<boolean> {
    if (ttl === null || ttl === undefined) throw new Error('a lock without an end is not granted')
    const name = `${owner}-${this.#takings++}`
    const granted = 'count' in (await (await this.#locks()).acquire(key, name, ttl, false))
    if (granted) this.#owners.set(`${key} ${owner}`, name)
    return granted
  }

  async delete(key: string, owner: string): Promise<void> {
    if (!(await (await this.#locks()).release(key, this.#nameOf(key, owner)))) throw new E_LOCK_NOT_OWNED()
  }

  async extend(key: string, owner: string, duration: number): Promise<void> {
    const locks = await this.#locks()
    if (!(await locks.extend(key, this.#nameOf(key, owner), duration))) throw new E_LOCK_NOT_OWNED()
  }

  async exists(key: string): Promise<boolean> {
    const locks = await this.#locks()
    if (!('count' in (await locks.acquire(key, 'who looks', 1_000, false)))) return true
    await locks.release(key, 'who looks')
    return false
  }

  forceDelete(): Promise<void> {
    return Promise.reject(new Error('nobody but its holder gives a lock back'))
  }

  async close(): Promise<void> {
    await (await this.#opened).close()
  }

  async #locks(): Promise<Store['locks']> {
    return (await this.#opened).locks
  }

  #nameOf(key: string, owner: string): string {
    return this.#owners.get(`${key} ${owner}`) ?? owner
  }
}
