import type { Clock } from '../../core/clock.ts'
import type { ChangeListener } from '../../entry/port.ts'
import type { Coherence, CoherentFeed } from '../coherence.ts'
import { RedisConnection } from '../connection.ts'
import type { LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'
import type { Server } from '../server.ts'
import type { ChangeFeed } from '../tracking.ts'

/** What a primary is made with. */
export interface PrimaryOptions {
  readonly clock: Clock
  readonly coherence: Coherence
  linkTo(node: NodeAddress): LinkOptions
  feedFor(listener: ChangeListener): ChangeFeed | undefined
  /** Asks the Sentinels whether it is still the one that they name. */
  isStillNamed(primary: Primary): Promise<boolean>
  onVetted(): void
  onLost(): void
}

/**
 * A server that Sentinels have named. Each time its connection comes up it is vetted: it must say that it is a
 * primary, and then still be the one that is named. One that failed comes back as a primary, for a moment, and then
 * as a replica.
 */
export class Primary {
  /** As announced. */
  readonly address: string
  readonly connection: RedisConnection
  readonly #options: PrimaryOptions
  readonly #coherent: CoherentFeed
  readonly #feed: ChangeFeed | undefined
  #isVetted = false
  #problem: string | undefined
  /** Connections so far: what was asked on one says nothing of the next. */
  #connections = 0

  constructor(node: NodeAddress, options: PrimaryOptions) {
    const { clock, coherence, linkTo, feedFor } = options
    this.address = addressOf(node)
    this.#options = options
    this.#coherent = coherence.join()
    this.#feed = feedFor(this.#coherent.listener)
    const events = {
      looked: (server: Server | undefined): void => void this.#vet(server),
      lost: (): void => this.#lost(),
      silent: (): void => this.#feed?.lost(),
      heard: (): void => (this.#isVetted ? this.#feed?.resumed() : undefined),
    }
    this.connection = new RedisConnection(linkTo(node), clock, events, this.#feed)
    this.connection.start()
  }

  /** Whether it may be used. */
  get isVetted(): boolean {
    return this.#isVetted
  }

  /** Why not. */
  get problem(): string {
    return `${this.address} ${this.#problem ?? `is not connected: ${this.connection.problem}`}`
  }

  /** Ends its connection, for good. */
  close(): void {
    this.#coherent.leave()
    this.connection.close()
  }

  async #vet(server: Server | undefined): Promise<void> {
    if (!server?.isPrimary) {
      this.#problem = server ? 'is a replica now' : 'does not tell its role (INFO replication)'
      this.#isVetted = false
      this.#coherent.listener.lost()
      return
    }
    if (this.#isVetted) return
    const connection = this.#connections
    if (!(await this.#options.isStillNamed(this)) || connection !== this.#connections) return
    this.#isVetted = true
    this.#feed?.resumed()
    this.#options.onVetted()
  }

  #lost(): void {
    this.#connections++
    this.#problem = undefined
    if (!this.#isVetted) return
    this.#isVetted = false
    this.#options.onLost()
  }
}
