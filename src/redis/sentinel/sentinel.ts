/**
 * The primary that Sentinels watch over, as one store.
 *
 * The Sentinel client of node-redis sends a command once more when its connection broke under it, so one might run
 * twice; and calls wait in it while it looks for the primary. So the connection is ours, with the promises of `Link`,
 * and what is added here is small: to know where the primary is.
 */
import { type Clock, every, type Timer } from '../../core/clock.ts'
import { StoreUnavailableError } from '../../core/errors.ts'
import type { ChangeListener } from '../../entry/port.ts'
import { Coherence } from '../coherence.ts'
import type {
  Argument,
  RedisCommands,
  RedisNode,
  RedisVetting,
  Script,
  StoreEvent,
  VettedServer,
} from '../commands.ts'
import { isRefusal, type RedisConnection } from '../connection.ts'
import type { LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'
import { News } from '../news.ts'
import type { SentinelOptions } from '../options.ts'
import type { ChangeFeed } from '../tracking.ts'
import { Primary } from './primary.ts'
import { Sentinels } from './sentinels.ts'

/** What the primary is reached with. */
export interface SentinelConnectionOptions {
  readonly sentinel: SentinelOptions
  readonly connectTimeoutMs: number
  linkTo(node: NodeAddress): LinkOptions
  linkToSentinel(node: NodeAddress): LinkOptions
  feedFor(listener: ChangeListener): ChangeFeed | undefined
}

/** How soon a failover is noticed that leaves the connection as it is, because the old primary hangs. */
const ASK_EVERY_MS = 500

/** The connection to whichever server of a group is the primary. */
export class SentinelConnection implements RedisCommands, RedisVetting {
  readonly spansSlots = false
  readonly #options: SentinelConnectionOptions
  readonly #clock: Clock
  readonly #coherence: Coherence
  readonly #sentinels: Sentinels
  /** Of a primary that was vetted. */
  readonly #news = new News()
  readonly #watchers = new Set<(event: StoreEvent) => void>()
  #primary: Primary | undefined
  #problem = 'no Sentinel has answered'
  #asking: Promise<void> | undefined
  #timer: Timer | undefined
  #isClosed = false

  constructor(options: SentinelConnectionOptions, clock: Clock, listener: ChangeListener) {
    const { sentinel, linkToSentinel } = options
    this.#options = options
    this.#clock = clock
    this.#coherence = new Coherence(listener)
    this.#sentinels = new Sentinels(
      sentinel.name,
      sentinel.nodes,
      linkToSentinel,
      clock,
      () => void this.#ask(),
    )
  }

  /** @throws StoreUnavailableError when no primary can be used within the connect timeout. */
  async connect(): Promise<void> {
    const { sentinel, connectTimeoutMs } = this.#options
    this.#sentinels.start()
    this.#timer = every(this.#clock, ASK_EVERY_MS, () => this.#ask())
    const isUsable = (): boolean => this.#primary?.isVetted === true
    if (!(await this.#news.until(this.#clock, connectTimeoutMs, isUsable))) {
      await this.#ask()
      const problem = this.#primary?.problem ?? this.#problem
      this.close()
      throw new StoreUnavailableError(
        `cannot use the primary of '${sentinel.name}' of the Sentinels at ${sentinel.nodes.map(addressOf).join(', ')} within ${connectTimeoutMs} ms: ${problem}. Check redisStore.sentinel.`,
      )
    }
  }

  serverNow(): number {
    return this.#primary?.connection.serverNow() ?? this.#clock.now()
  }

  serverOffsetMs(): number {
    return this.#primary?.connection.serverOffsetMs() ?? 0
  }

  primaries(): readonly RedisNode[] {
    return [this]
  }

  server(): VettedServer {
    return this.#usable('server').server()
  }

  async vet(): Promise<VettedServer> {
    return this.#usable('vet').vet()
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }

  send<Reply>(operation: string, args: readonly Argument[], strings?: 'text' | 'bytes'): Promise<Reply> {
    return this.#use(operation, (primary) => primary.send<Reply>(operation, args, strings))
  }

  run<Reply, Result = Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    read?: (reply: Reply) => Result,
  ): Promise<Result> {
    return this.#use(script.name, (primary) => primary.run(script, keys, args, read))
  }

  pipeline<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return this.#use(operation, (primary) => primary.pipeline<Reply>(operation, commands))
  }

  transaction<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return this.#use(operation, (primary) => primary.transaction<Reply>(operation, commands))
  }

  async ping(): Promise<void> {
    await this.#usable('ping').ping()
  }

  /** Ends all connections. Unanswered commands are rejected. */
  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#sentinels.close()
    this.#primary?.close()
  }

  async #use<Reply>(operation: string, work: (primary: RedisConnection) => Promise<Reply>): Promise<Reply> {
    const primary = this.#usable(operation)
    try {
      return await work(primary)
    } catch (error) {
      // Made a replica by hand: Sentinels would have cut the connection.
      if (isRefusal(error, 'READONLY')) primary.look()
      throw error
    }
  }

  #usable(operation: string): RedisConnection {
    if (this.#primary?.isVetted) return this.#primary.connection
    throw new StoreUnavailableError(
      `${operation}: no connection to the primary of '${this.#options.sentinel.name}': ${this.#primary?.problem ?? this.#problem}`,
    )
  }

  /** One question at a time, however many want to know. */
  #ask(): Promise<void> {
    this.#asking ??= this.#askOnce().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #askOnce(): Promise<void> {
    let node: NodeAddress
    try {
      node = await this.#sentinels.primary()
    } catch (error) {
      // Until one says otherwise, it is the one that it was.
      this.#problem = (error as Error).message
      return
    }
    if (this.#isClosed) return
    if (addressOf(node) !== this.#primary?.address) this.#moveTo(node)
    else if (!this.#primary.isVetted) this.#primary.connection.look()
  }

  #moveTo(node: NodeAddress): void {
    const { linkTo, feedFor } = this.#options
    // The old one first: nothing that it still tells counts.
    this.#primary?.close()
    this.#primary = new Primary(node, {
      clock: this.#clock,
      coherence: this.#coherence,
      linkTo,
      feedFor,
      onVetted: () => {
        this.#news.announce()
        this.#tell('connected')
      },
      onLost: () => void this.#ask(),
      isStillNamed: async (primary) => {
        await this.#ask()
        return primary === this.#primary
      },
    })
    // What it is before it was vetted, nobody sees.
    const primary = this.#primary
    primary.connection.watch((event) => {
      if (event === 'flushed' && primary === this.#primary) this.#tell(event)
    })
  }

  #tell(event: StoreEvent): void {
    for (const listener of this.#watchers) listener(event)
  }
}
