/**
 * A Redis Cluster as one store: a connection to each primary, and a map of who has which slot.
 *
 * The cluster client of node-redis would wait for nodes that are down, share one cache between them that cannot tell
 * which of them is tracked, and queue for nodes that it does not know yet. So the connections are ours, each with the
 * promises of `Link`, and what is added here is small: where a key is, and whom to ask instead.
 *
 * A node that has a slot no more refuses before it runs anything, so a command that is sent on has not run before.
 * That is the only reason for which one is sent again.
 */
import { type Clock, sleep } from '../../core/clock.ts'
import { DeclarationError, StoreTimeoutError, StoreUnavailableError } from '../../core/errors.ts'
import type { ChangeListener } from '../../entry/port.ts'
import { Coherence } from '../coherence.ts'
import type { Argument, RedisCommands, RedisNode, RedisVetting, Script } from '../commands.ts'
import { isRefusal, type RedisConnection } from '../connection.ts'
import { Deadlines } from '../deadline.ts'
import type { LinkOptions } from '../link.ts'
import { addressOf, type NodeAddress } from '../node.ts'
import type { ClusterOptions } from '../options.ts'
import type { ChangeFeed } from '../tracking.ts'
import { type Member, Members } from './members.ts'
import { parseRedirect, type Redirect } from './redirect.ts'
import { slotOf } from './slot.ts'
import { ClusterWatch } from './watch.ts'

/** What a Cluster is reached with. */
export interface ClusterConnectionOptions {
  readonly cluster: ClusterOptions
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
  linkTo(node: NodeAddress): LinkOptions
  feedFor(listener: ChangeListener): ChangeFeed | undefined
}

/** Two nodes that each take the other for the owner must not keep a command for ever. */
const MOST_REDIRECTS = 5

/** How soon a slot is asked again whose keys are on their way. */
const ASK_AGAIN_MS = 20

interface Refused {
  readonly from: Member
  readonly error: unknown
}

/** Sends one command, one script or one transaction to one node. */
type Attempt<Reply> = (connection: RedisConnection, isAsked: boolean) => Promise<Reply>

/** The connections to a Redis Cluster. */
export class ClusterConnection implements RedisCommands, RedisVetting {
  readonly spansSlots = true
  readonly #options: ClusterConnectionOptions
  readonly #clock: Clock
  readonly #members: Members
  readonly #watch: ClusterWatch

  constructor(options: ClusterConnectionOptions, clock: Clock, listener: ChangeListener) {
    const { cluster, commandTimeoutMs, linkTo, feedFor } = options
    const coherence = new Coherence(listener)
    this.#options = options
    this.#clock = clock
    this.#members = new Members({ clock, coherence, commandTimeoutMs, linkTo, feedFor })
    this.#watch = new ClusterWatch({
      clock,
      nodes: cluster.nodes,
      isTls: cluster.tls === true,
      members: this.#members,
      coherence,
      linkTo,
    })
  }

  /** @throws StoreUnavailableError when not every primary can be used within the connect timeout. */
  async connect(): Promise<void> {
    const { connectTimeoutMs } = this.#options
    const endMs = this.#clock.now() + connectTimeoutMs
    try {
      await this.#watch.start(connectTimeoutMs)
      const missing = (): Member | undefined => this.#members.all().find((member) => !member.isReady())
      await this.#members.news.until(this.#clock, endMs - this.#clock.now(), () => !missing())
      const late = missing()
      if (late) throw new StoreUnavailableError(`${addressOf(late.node)}: ${late.connection.problem}`)
    } catch (error) {
      this.close()
      const { message, cause } = error as Error
      const nodes = this.#options.cluster.nodes.map(addressOf).join(', ')
      throw new StoreUnavailableError(
        `cannot use the Redis Cluster at ${nodes} within ${connectTimeoutMs} ms: ${message}. Check redisStore.cluster.`,
        cause ?? error,
      )
    }
  }

  serverNow(key: string): number {
    return this.#members.ownerOf(slotOf(key))?.connection.serverNow() ?? this.#clock.now()
  }

  serverOffsetMs(key: string): number {
    return this.#members.ownerOf(slotOf(key))?.connection.serverOffsetMs() ?? 0
  }

  primaries(): readonly RedisNode[] {
    return this.#members.all().map(({ connection }) => connection)
  }

  /** @throws DeclarationError always: fences of one transaction would stand on servers that fail one by one. */
  server(): never {
    throw new DeclarationError(
      'redisStore.cluster',
      'cannot hold strong keyspaces: their fences must stand in one run of one server. Open them with a store of their own, of one server (redisStore.url) or behind Sentinel (redisStore.sentinel); other kinds may stay on the Cluster',
    )
  }

  async vet(): Promise<never> {
    return this.server()
  }

  watch(): () => void {
    return () => undefined
  }

  send<Reply>(operation: string, args: readonly Argument[], strings?: 'text' | 'bytes'): Promise<Reply> {
    return this.#route(operation, keyOf(args), (node, isAsked) =>
      node.send<Reply>(operation, args, strings, isAsked),
    )
  }

  run<Reply, Result = Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    read?: (reply: Reply) => Result,
  ): Promise<Result> {
    return this.#route(script.name, keys[0], (node, isAsked) => node.run(script, keys, args, read, isAsked))
  }

  /** To each server those of its keys; they leave in one write to each. */
  pipeline<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return Promise.all(commands.map((args) => this.send<Reply>(operation, args)))
  }

  transaction<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return this.#route(operation, keyOf(commands[0] ?? []), (node, isAsked) =>
      node.transaction<Reply>(operation, commands, isAsked),
    )
  }

  async ping(): Promise<void> {
    await Promise.all(this.#members.all().map((member) => this.#usable('ping', member).ping()))
  }

  /** Ends all connections. Unanswered commands are rejected. */
  close(): void {
    this.#watch.close()
    this.#members.close()
  }

  async #route<Reply>(operation: string, key: Argument | undefined, attempt: Attempt<Reply>): Promise<Reply> {
    const startedMs = this.#clock.now()
    const slot = slotOf(String(key ?? ''))
    const owner = this.#members.ownerOf(slot)
    try {
      return await attempt(this.#usable(operation, owner), false)
    } catch (error) {
      if (!owner || !parseRedirect(error)) throw this.#explain(operation, error)
      return await this.#follow(operation, slot, { from: owner, error }, startedMs, attempt)
    }
  }

  /** Sends what has not run to where it is said to belong, within the time that one command has. */
  async #follow<Reply>(
    operation: string,
    slot: number,
    refused: Refused,
    startedMs: number,
    attempt: Attempt<Reply>,
  ): Promise<Reply> {
    const { commandTimeoutMs } = this.#options
    const leftMs = Math.max(0, startedMs + commandTimeoutMs - this.#clock.now())
    let { from, error } = refused
    let isOver = false
    let isSent = false
    const follow = async (): Promise<Reply> => {
      for (let hops = 0; ;) {
        const redirect = parseRedirect(error)
        if (!redirect || isOver) throw this.#explain(operation, error)
        if (redirect.kind !== 'again' && ++hops > MOST_REDIRECTS) throw this.#explain(operation, error)
        const target = await this.#targetOf(redirect, slot, from)
        // The caller has been told how it ended: nothing may run after that.
        if (isOver) throw this.#explain(operation, error)
        try {
          const connection = this.#usable(operation, target)
          isSent = true
          return await attempt(connection, redirect.kind === 'ask')
        } catch (refusal) {
          isSent = false
          ;[from, error] = [target ?? from, refusal]
        }
      }
    }
    return await new Deadlines(this.#clock, leftMs).race(follow(), () => {
      isOver = true
      return isSent
        ? new StoreTimeoutError(operation, commandTimeoutMs)
        : (this.#explain(operation, error) as Error)
    })
  }

  async #targetOf({ kind, node }: Redirect, slot: number, from: Member): Promise<Member | undefined> {
    if (!node) {
      await sleep(this.#clock, ASK_AGAIN_MS)
      return this.#members.ownerOf(slot)
    }
    const refreshed = kind === 'moved' ? this.#watch.refresh() : undefined
    const announced = node.host === '' ? { ...node, host: from.node.host } : node
    const known = this.#members.at(announced)
    if (known?.isReady()) return known
    // It is connected to first, and tracked with that: what is read there may be kept.
    await (refreshed ?? this.#watch.refresh())
    const isSettled = (): boolean => this.#members.at(announced)?.isReady() ?? true
    await this.#members.news.until(this.#clock, this.#options.commandTimeoutMs, isSettled)
    return this.#members.at(announced)
  }

  #usable(operation: string, member: Member | undefined): RedisConnection {
    if (member?.isReady()) return member.connection
    throw new StoreUnavailableError(
      member
        ? `${operation}: no connection to Redis at ${addressOf(member.node)}: ${member.connection.problem}`
        : `${operation}: no known node of the Redis Cluster has the slot of this key`,
    )
  }

  #explain(operation: string, error: unknown): unknown {
    const isDown = isRefusal(error, 'CLUSTERDOWN')
    if (isDown) void this.#watch.refresh()
    if (!isDown && !parseRedirect(error)) return error
    const { cause } = error as Error
    return new StoreUnavailableError(
      `${operation}: the Redis Cluster cannot answer now: ${(cause as Error).message}`,
      cause,
    )
  }
}

/** `MEMORY USAGE key` is the one command of ours that has a word before its key. */
function keyOf(args: readonly Argument[]): Argument | undefined {
  return args[0] === 'MEMORY' ? args[2] : args[1]
}
