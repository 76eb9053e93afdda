import { type Clock, open, type OutboxOptions, type State, type StoreFactory } from 'holdfast'
import { drizzleTruth } from 'holdfast/postgres'
import type { Database, Session } from '../db/database.ts'
import * as keyspaces from '../keyspaces/index.ts'
import type { Board } from '../market/board.ts'

/** The desk's state in use. */
export type DeskState = State<typeof keyspaces, Session>

/** Opens the desk's keyspaces on a store, over the database. Rejects when the store cannot be reached. */
export function openState(
  store: StoreFactory,
  deps: { readonly db: Database; readonly board: Board },
  clock: Clock,
  outbox: OutboxOptions = {},
): Promise<DeskState> {
  return open(keyspaces, { store, truth: drizzleTruth<Session>(deps.db), deps, clock, outbox })
}
