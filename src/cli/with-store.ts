import type { ChangeListener } from '../entry/port.ts'
import type { Store } from '../store.ts'
import type { CommandContext } from './command.ts'

const NOBODY: ChangeListener = {
  changed: () => undefined,
  ticketChanged: () => undefined,
  lost: () => undefined,
  resumed: () => undefined,
}

/** Runs `work` on the store, connected, and leaves it whatever happens. Fails as the store does. */
export async function withStore<Result>(
  { store: factory, clock }: Pick<CommandContext, 'store' | 'clock'>,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const store = factory({ clock, trackedPrefixes: [], listener: NOBODY })
  await store.connect()
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
