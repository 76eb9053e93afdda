import type { ConformanceCase } from '../../core/conformance.ts'
import type { CollectionStore } from '../port.ts'

/** What the suite needs: the collections of one store, and keys that nobody used before. */
export interface CollectionHarness {
  readonly collections: CollectionStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

/** One thing that every store must do with collections. */
export type CollectionCase = ConformanceCase<CollectionHarness>

/** Nothing is over while a test runs. */
export const HOUR_MS = 3_600_000
