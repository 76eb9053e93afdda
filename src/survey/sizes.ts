import type { Clock } from '../core/clock.ts'
import { type Match, matchKeys } from '../keyspace/match.ts'
import type { Keyspaces } from '../keyspace/registry.ts'
import type { SeenKey, StoredName, SurveyStore } from './port.ts'
import { type Looked, type SurveyOptions, walk } from './walk.ts'

/** How much there is of something. What was not looked at is taken to be like what was. */
export interface KeyspaceSize {
  readonly keys: number
  /** In the store's memory, names included. Null when the store does not tell. */
  readonly bytes: number | null
  /** How many keys the bytes were asked of; the others are taken to be as large on average. */
  readonly sampled: number
}

/** How much the store holds for each keyspace. */
export interface SizeReport {
  readonly looked: Looked
  /** Entries, values, locks and limits by keyspace. */
  readonly keyspaces: Readonly<Record<string, KeyspaceSize>>
  /** What the protocols keep beside them: tickets, generations, fencing tokens, tallies. */
  readonly internal: KeyspaceSize
  /** Keys of no declared keyspace. */
  readonly others: KeyspaceSize
}

/** So many of each keyspace are measured at first, and then one in so many. */
const MEASURED_FIRST = 100
const MEASURED_OF = 20

interface Sums {
  keys: number
  sampled: number
  bytes: number
}

const INTERNAL = '~internal'
const OTHERS = '~others'

/** Adds up sizes in passing. */
export class Sizes {
  readonly #match: Match
  readonly #names: readonly string[]
  readonly #sums = new Map<string, Sums>()

  constructor(keyspaces: Keyspaces) {
    this.#match = matchKeys(keyspaces)
    this.#names = Object.keys(keyspaces)
  }

  /** Counts these keys, and says which are to be measured. */
  count(names: readonly StoredName[]): boolean[] {
    return names.map((name) => {
      const sums = this.#sumsOf(name)
      sums.keys++
      return sums.keys <= MEASURED_FIRST || sums.keys % MEASURED_OF === 0
    })
  }

  /** Adds what was measured. */
  add(name: StoredName, seen: SeenKey | null | undefined): void {
    if (!seen || seen.bytes === null) return
    const sums = this.#sumsOf(name)
    sums.sampled++
    sums.bytes += seen.bytes
  }

  /** What it comes to, after this much was looked at. */
  report(looked: Looked): SizeReport {
    const size = (key: string): KeyspaceSize => {
      const { keys, sampled, bytes } = this.#sums.get(key) ?? { keys: 0, sampled: 0, bytes: 0 }
      // A server of which nothing is known yet leaves nothing to go by.
      const whole = looked.share > 0 ? keys / looked.share : keys
      const all = sampled > 0 ? Math.round((bytes / sampled) * whole) : null
      return { keys: Math.round(whole), bytes: keys === 0 ? 0 : all, sampled }
    }
    const keyspaces = Object.fromEntries(this.#names.map((name) => [name, size(name)]))
    return { looked, keyspaces, internal: size(INTERNAL), others: size(OTHERS) }
  }

  #sumsOf(name: StoredName): Sums {
    const group = this.#groupOf(name)
    const known = this.#sums.get(group)
    if (known) return known
    const sums = { keys: 0, sampled: 0, bytes: 0 }
    this.#sums.set(group, sums)
    return sums
  }

  #groupOf({ part, key }: StoredName): string {
    if (part === 'plain' || part === 'strong') return this.#match(key) ?? OTHERS
    return part === 'past' || part === 'unknown' ? OTHERS : INTERNAL
  }
}

/** How much there is for each keyspace. Fails as the store does. */
export async function measureSizes(
  store: SurveyStore,
  keyspaces: Keyspaces,
  clock: Clock,
  options: SurveyOptions = {},
): Promise<SizeReport> {
  const sizes = new Sizes(keyspaces)
  const looked = await walk(store, clock, options, async (names, look) => {
    const isMeasured = sizes.count(names)
    const measured = names.filter((_, index) => isMeasured[index])
    const seen = await look(
      measured.map(({ name }) => name),
      measured.map(() => true),
    )
    measured.forEach((name, index) => sizes.add(name, seen[index]))
  })
  return sizes.report(looked)
}
