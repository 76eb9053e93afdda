/** Where a library runs: in one process's memory, on one Redis, or on a Redis Cluster of three primaries. */
export type Where =
  | { readonly topology: 'memory' }
  | { readonly topology: 'standalone'; readonly url: string }
  | { readonly topology: 'cluster'; readonly urls: readonly string[] }

/** How the servers of Redis stand to each other. */
export type Topology = Where['topology']

/** Where the values of a scenario come from when no cache has them. */
export interface Source {
  load(key: string): Promise<unknown>
  loadMany(keys: readonly string[]): Promise<unknown[]>
}

/** What a row may need that not every library has. */
export type Feature =
  | 'loader'
  | 'write'
  | 'tags'
  | 'batch'
  | 'stale while revalidate'
  | 'clear'
  | 'several nodes'
  | 'cluster'

/** One node of a service: a library with a memory of its own, over a Redis that is shared with the others. */
export interface RivalCache {
  /** From memory, else Redis, else the source. */
  get(key: string): Promise<unknown>
  /** Like `get`, with one `loadMany` for what is missing. Of libraries with the feature `batch`. */
  getMany(keys: readonly string[]): Promise<unknown[]>
  /** Whether the library says that it was stored. Rejects where the library does. */
  set(key: string, value: unknown): Promise<boolean>
  delete(key: string): Promise<void>
  /** Of libraries with the feature `tags`. */
  deleteByTag(tag: string): Promise<void>
  clear(): Promise<void>
  close(): Promise<void>
}

/** How a node is opened. Nodes of one scenario share the namespace. */
export interface NodeOptions {
  readonly where: Where
  readonly namespace: string
  readonly source: Source
  /** The tag that an entry carries. */
  readonly tagOf?: (key: string) => string
  /** Entries whose ttl is over are served while they are loaded again. */
  readonly staleWhileRevalidate?: boolean
}

/** A library as the scoreboard runs it: in its documented best configuration, which is printed with the table. */
export interface Library {
  readonly name: string
  /** Its npm package, whose version is printed. */
  readonly package: string
  readonly configuration: string
  readonly topologies: readonly Topology[]
  /** Features that it does not have, and what it has instead. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>
  open(options: NodeOptions): Promise<RivalCache>
}

/** What a row found. `observed` says what happened, with counts. */
export interface Outcome {
  readonly verdict: 'passed' | 'failed' | 'not run'
  readonly observed: string
}

/** One scenario, written once for all libraries. */
export interface Row {
  readonly row: string
  readonly scenario: string
  readonly needs: readonly Feature[]
  /** Where it is run; without it, everywhere that a library can be opened. */
  readonly topologies?: readonly Topology[]
  run(library: Library, where: Where): Promise<Outcome>
}

/** The library did what it should; `observed` says what that was. */
export const passed = (observed: string): Outcome => ({ verdict: 'passed', observed })
/** It did not. */
export const failed = (observed: string): Outcome => ({ verdict: 'failed', observed })
/** It cannot be asked, or was not. */
export const notRun = (observed: string): Outcome => ({ verdict: 'not run', observed })

/** Every port has methods that some library has no equal of; its rows are not run, so nobody calls this. */
export function unsupported(): never {
  throw new Error('This library has no such feature: the row should not have been run')
}
