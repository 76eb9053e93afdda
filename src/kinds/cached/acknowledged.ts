import type { StorageTier } from '../../core/errors.ts'

/** Who confirmed a write: every tier that the keyspace has, because a write that one did not confirm rejects. */
export interface Acknowledged {
  /**
   * `l2`: the store has done it, for everybody. `l1`: the memory of this process holds nothing older; that of others
   * follows within the time of one message.
   */
  readonly tiers: readonly StorageTier[]
}

/** Who confirmed the removal of a value, and whether there was one. */
export interface Removed extends Acknowledged {
  /** The store had an entry, fresh or not. */
  readonly existed: boolean
}

/** Who confirmed the removal of values, and how many there were. */
export interface RemovedMany extends Acknowledged {
  /** Of these keys the store had an entry, fresh or not. */
  readonly existed: number
}
