import { setTimeout as wait } from 'node:timers/promises'
import type { DrillServer } from './server.ts'

/** Something that happens to a Redis. */
export interface Fault {
  readonly name: string
  /** Lasts for `lastMs`; when it resolves, the server can be used again. */
  readonly happen: (server: DrillServer, lastMs: number) => Promise<void>
}

/** How often a Redis that is restarted goes away in one outage. */
const RESTARTS = 3

/** What the drills are about. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'killed',
    async happen(server, lastMs) {
      await server.kill()
      await wait(lastMs)
      await server.startAgain()
    },
  },
  {
    name: 'hung',
    async happen(server, lastMs) {
      server.freeze()
      await wait(lastMs)
      server.thaw()
    },
  },
  {
    name: 'out of memory',
    async happen(server, lastMs) {
      await server.fill()
      await wait(lastMs)
      await server.drain()
    },
  },
  {
    name: 'restarted empty',
    async happen(server, lastMs) {
      for (let restart = 0; restart < RESTARTS; restart++) {
        await server.kill()
        await server.startAgain()
        await wait(lastMs / RESTARTS)
      }
    },
  },
]
