import { createClient } from '@redis/client'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Where } from './port.ts'
import { urlsOf } from './servers.ts'

type Client = Awaited<ReturnType<typeof connect>>

const MOST_CLIENTS = 10_000

/** The connections of one node, told apart from those of others by when they came up. */
export class Connections {
  readonly #admins: readonly Client[]
  readonly #earlier: readonly ReadonlySet<string>[]

  private constructor(admins: readonly Client[], earlier: readonly ReadonlySet<string>[]) {
    this.#admins = admins
    this.#earlier = earlier
  }

  /** Those that come up after this. */
  static async openedFromNowOn(where: Where): Promise<Connections> {
    const admins = await Promise.all(urlsOf(where).map(connect))
    return new Connections(admins, await Promise.all(admins.map(idsOn)))
  }

  /** How many there are. */
  async count(): Promise<number> {
    return (await this.#ids()).flat().length
  }

  /** Cuts all of them, on the side of the server, and lets nobody connect until `work` is done. */
  async cutDuring(work: () => Promise<unknown>): Promise<void> {
    try {
      // No more than there are: those who are connected stay, and nobody else comes in.
      await this.#each('CONFIG', 'SET', 'maxclients', '1')
      await this.#kill()
      await work()
    } finally {
      await this.#each('CONFIG', 'SET', 'maxclients', String(MOST_CLIENTS))
    }
  }

  async #kill(): Promise<void> {
    const ids = await this.#ids()
    const kills = this.#admins.flatMap((admin, server) =>
      (ids[server] ?? []).map((id) => admin.sendCommand(['CLIENT', 'KILL', 'ID', id])),
    )
    // One that has ended by itself is no longer known.
    await Promise.allSettled(kills)
  }

  /** Resolves once there are that many again. */
  async reach(count: number): Promise<void> {
    while ((await this.count()) < count) await sleep(20)
  }

  close(): void {
    for (const admin of this.#admins) admin.destroy()
  }

  async #each(...command: readonly string[]): Promise<void> {
    await Promise.all(this.#admins.map((admin) => admin.sendCommand([...command])))
  }

  async #ids(): Promise<string[][]> {
    const now = await Promise.all(this.#admins.map(idsOn))
    return now.map((ids, server) => [...ids].filter((id) => !this.#earlier[server]?.has(id)))
  }
}

/** The ids of all connections to a server, that of the asking client included. */
async function idsOn(admin: Client): Promise<Set<string>> {
  return new Set((await admin.clientList()).map(({ id }) => String(id)))
}

function connect(url: string) {
  return createClient({ url }).connect()
}
