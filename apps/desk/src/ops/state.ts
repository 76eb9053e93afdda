import { type Clock, open, type State, type StoreFactory } from 'holdfast'
import type { Database } from '../db/database.ts'
import * as keyspaces from '../keyspaces/index.ts'
import type { Board } from '../market/board.ts'

/** The desk's state in use. */
export type DeskState = State<typeof keyspaces>

/** Opens the desk's keyspaces on a store. Rejects when it cannot be reached. */
export function openState(
  store: StoreFactory,
  deps: { db: Database; board: Board },
  clock: Clock,
): Promise<DeskState> {
  return open(keyspaces, { store, deps, clock })
}
