import type { Source } from './port.ts'

/** A load that has read its row and is held before it answers. */
export interface HeldLoad {
  /** Resolves once the load has read its row. */
  readonly reading: Promise<void>
  /** Lets it answer with what it read. */
  release(): void
}

/** What the rows of a scenario look like: layered-loader wants to find the key of a batch's values in them. */
export interface Versioned {
  readonly id: string
  readonly version: number
}

interface Gate {
  readonly read: () => void
  readonly opened: Promise<void>
}

/** A table of rows with versions, whose loads can be counted, and held while they are in flight. */
export class RowsOfTruth implements Source {
  readonly #versions = new Map<string, number>()
  readonly #gates = new Map<string, Gate>()
  #loads = 0

  /** How many rows were loaded so far. */
  get loads(): number {
    return this.#loads
  }

  /** Changes a row. */
  write(key: string, version: number): Versioned {
    this.#versions.set(key, version)
    return { id: key, version }
  }

  /** Holds the next load of a key, after it has read the row and before it answers. */
  hold(key: string): HeldLoad {
    let read = (): void => undefined
    let release = (): void => undefined
    const reading = new Promise<void>((resolve) => (read = resolve))
    const opened = new Promise<void>((resolve) => (release = resolve))
    this.#gates.set(key, { read, opened })
    return { reading, release: () => release() }
  }

  async load(key: string): Promise<Versioned> {
    this.#loads += 1
    const row = { id: key, version: this.#versions.get(key) ?? 0 }
    const gate = this.#gates.get(key)
    this.#gates.delete(key)
    gate?.read()
    await gate?.opened
    return row
  }

  loadMany(keys: readonly string[]): Promise<Versioned[]> {
    return Promise.all(keys.map((key) => this.load(key)))
  }
}

/** The version in what a cache answered. */
export function versionIn(value: unknown): number | undefined {
  return typeof value === 'object' &&
    value !== null &&
    'version' in value &&
    typeof value.version === 'number'
    ? value.version
    : undefined
}

/** The key that a value belongs to. */
export function versionedId(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'id' in value) return String(value.id)
  throw new Error('Only rows with versions are read in batches')
}
