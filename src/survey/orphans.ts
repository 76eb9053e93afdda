/** Keys of no declared keyspace whose names begin alike. */
export interface OrphanGroup {
  /** What their names begin with, up to the first colon; `…` for those beyond the groups that are kept. */
  readonly prefix: string
  readonly keys: number
  /** Of those, how many are kept for good. */
  readonly withoutTtl: number
  /** Some of them, as the store names them, without its namespace. */
  readonly examples: readonly string[]
}

const MOST_GROUPS = 50
const MOST_EXAMPLES = 5
const REST = '…'

interface Group {
  keys: number
  withoutTtl: number
  readonly examples: string[]
}

/** Groups them, with a bound: keys may have any names. */
export class Orphans {
  readonly #groups = new Map<string, Group>()

  /** `key` is the key that its keyspace would know it by, `name` what the store calls it. */
  add(key: string, name: string, isKept: boolean): void {
    const colon = key.indexOf(':')
    const own = colon < 0 ? key : key.slice(0, colon + 1)
    const prefix = this.#groups.has(own) || this.#groups.size < MOST_GROUPS ? own : REST
    const group = this.#groups.get(prefix) ?? { keys: 0, withoutTtl: 0, examples: [] }
    this.#groups.set(prefix, group)
    group.keys++
    if (isKept) group.withoutTtl++
    if (group.examples.length < MOST_EXAMPLES) group.examples.push(name)
  }

  /** The largest first. */
  groups(): OrphanGroup[] {
    return [...this.#groups].map(([prefix, group]) => ({ prefix, ...group })).sort((a, b) => b.keys - a.keys)
  }
}
