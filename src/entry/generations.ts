/**
 * Generations: how many entries are invalidated at once by one command. A generation is a random mark under a name:
 * of a keyspace, of a group of keys with the same leading parameters, or of a tag. An entry carries the marks that
 * stood when its load began, and counts only while they stand: renewing one mark makes all its entries useless.
 *
 * A mark that is lost, by whatever accident, is replaced by another random one. So losing it invalidates, and nothing
 * ever revives: no counter, no clock, no time to live decides.
 *
 * Marks are known to each process: the store tells of every change, so that checking an entry costs no command.
 */
import type { Random } from '../core/random.ts'
import type { EntryStore } from './port.ts'

/** What the keys of all marks begin with. A pattern's literals cannot hold `~`. */
export const GENERATION_PREFIX = '~g:'

/** Most marks that a process knows; beyond it the oldest is read again when it is needed. */
const MOST_KNOWN = 100_000
/** Marks of groups and tags go when nobody renewed them for so long; their entries are loaded again then. */
const KEPT_MS = 30 * 86_400_000

/** A time span in which marks may have changed. */
export interface Watch {
  /** Whether one of these changed, or may have, since the watch began. */
  sawChange(names: readonly string[]): boolean
  end(): void
}

/** The marks of one store, as this process knows them. */
export class Generations {
  readonly #store: EntryStore
  readonly #random: Random
  readonly #known = new Map<string, string>()
  readonly #watches = new Set<Set<string>>()
  /** Those that this process renewed, or tried to, while changes were not told. */
  readonly #renewedBlindly = new Set<string>()
  #lostCount = 0
  /** Without a feed of changes nothing may be remembered. */
  #suspended = true
  #version = 0

  constructor(store: EntryStore, random: Random) {
    this.#store = store
    this.#random = random
  }

  /** Changes whenever a mark that was known may have changed: what was checked under another version must be checked again. */
  get version(): number {
    return this.#version
  }

  /** The marks of `names` as one text, if all are known here. */
  known(names: readonly string[]): string | undefined {
    let marks = ''
    for (let index = 0; index < names.length; index++) {
      const mark = this.#known.get(names[index] as string)
      if (mark === undefined) return undefined
      marks += index === 0 ? mark : `/${mark}`
    }
    return marks
  }

  /** The marks of `names` as one text. Those that are not there are made. Fails as the store does. */
  async marks(names: readonly string[]): Promise<string> {
    const known = this.known(names)
    if (known !== undefined) return known
    const missing = names.filter((name) => !this.#known.has(name))
    const watch = this.watch()
    try {
      const found = await Promise.all(missing.map((name) => this.#fetch(name)))
      const marks = new Map(missing.map((name, index) => [name, found[index] as string]))
      missing.forEach((name, index) => {
        if (!watch.sawChange([name])) this.#learn(name, found[index] as string)
      })
      const all = names.map((name) => marks.get(name) ?? this.#known.get(name))
      // One that was known has changed meanwhile. What comes of it is not stored: see `Watch`.
      return all.map((mark) => mark ?? this.#newMark()).join('/')
    } finally {
      watch.end()
    }
  }

  /**
   * Makes all entries with these marks useless, on every node. The marks are removed, and whoever reads next makes new
   * ones: a full server refuses to store anything, but not this. Fails as the store does.
   */
  async renew(names: readonly string[]): Promise<void> {
    for (const name of names) this.changed(name)
    await this.#store.removeMarks(names.map((name) => GENERATION_PREFIX + name))
    for (const name of names) this.changed(name)
  }

  /** Remembers what changes from now on. End it. */
  watch(): Watch {
    const changed = new Set<string>()
    const lostCount = this.#lostCount
    this.#watches.add(changed)
    return {
      sawChange: (names) =>
        lostCount !== this.#lostCount || this.#suspended || names.some((name) => changed.has(name)),
      end: () => void this.#watches.delete(changed),
    }
  }

  /** The mark under `name` changed. Whether it was known here: else nothing that was read counts under it. */
  changed(name: string): boolean {
    for (const watch of this.#watches) watch.add(name)
    if (this.#suspended && this.#renewedBlindly.size < MOST_KNOWN) this.#renewedBlindly.add(name)
    if (!this.#known.delete(name)) return false
    this.#version++
    return true
  }

  /** Changes may have been missed. */
  lost(): void {
    this.#suspended = true
    this.#lostCount++
    this.#version++
    this.#known.clear()
  }

  /** Changes are told from now on. */
  resumed(): void {
    this.#suspended = false
    this.#renewedBlindly.clear()
  }

  /** Whether this process itself meant to make entries with one of these marks useless since changes were last told. */
  wereRenewedBlindly(names: readonly string[]): boolean {
    const renewed = this.#renewedBlindly
    return renewed.size === MOST_KNOWN || names.some((name) => renewed.has(name))
  }

  async #fetch(name: string): Promise<string> {
    const key = GENERATION_PREFIX + name
    return (await this.#store.read(key)) ?? (await this.#store.ensureMark(key, this.#newMark(), keptMs(name)))
  }

  #learn(name: string, mark: string): void {
    if (this.#known.size >= MOST_KNOWN) {
      const oldest = this.#known.keys().next()
      if (!oldest.done) this.#known.delete(oldest.value)
    }
    this.#known.set(name, mark)
  }

  #newMark(): string {
    const word = (): string => Math.floor(this.#random.float() * 2 ** 32).toString(36)
    return word() + word()
  }
}

/** Marks of keyspaces are few, and stay. */
function keptMs(name: string): number | undefined {
  return name.startsWith('all:') ? undefined : KEPT_MS
}
