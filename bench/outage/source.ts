import { setTimeout as wait } from 'node:timers/promises'

/** What the source had to do for one node and key. */
interface Loads {
  count: number
  running: number
  mostAtOnce: number
}

/** The truth behind the cache: versions that only grow. It is slow, and counts who asks. */
export class Source {
  readonly #loadMs: number
  readonly #versions = new Map<string, number>()
  #loads = new Map<string, Loads>()

  /** `loadMs`: how long it takes to answer. */
  constructor(loadMs: number) {
    this.#loadMs = loadMs
  }

  version(name: string): number {
    return this.#versions.get(name) ?? 1
  }

  /** Another value than before. Its version. */
  change(name: string): number {
    const version = this.version(name) + 1
    this.#versions.set(name, version)
    return version
  }

  /** What a loader of `node` is told. `key` names the keyspace too. */
  async load(node: number, key: string, name: string): Promise<number> {
    const id = `${node} ${key}`
    const loads = this.#loads.get(id) ?? { count: 0, running: 0, mostAtOnce: 0 }
    this.#loads.set(id, loads)
    loads.count++
    loads.mostAtOnce = Math.max(loads.mostAtOnce, ++loads.running)
    await wait(this.#loadMs / 2)
    const version = this.version(name)
    // The value is read long before it arrives: time for it to be overtaken.
    await wait(this.#loadMs / 2)
    loads.running--
    return version
  }

  /** The most loads of one key by one node since the last call, and the most at a time; of one keyspace. */
  take(keyspace: string): { perKey: number; atOnce: number } {
    const own = [...this.#loads].filter(([id]) => id.split(' ')[1]?.startsWith(`${keyspace}:`))
    for (const [id, { running }] of own) this.#loads.set(id, { count: 0, running, mostAtOnce: running })
    return {
      perKey: Math.max(0, ...own.map(([, { count }]) => count)),
      atOnce: Math.max(0, ...own.map(([, { mostAtOnce }]) => mostAtOnce)),
    }
  }
}
