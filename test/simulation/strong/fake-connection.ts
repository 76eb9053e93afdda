/**
 * A process's connection to the fake Redis: the port that the Redis part of the fence protocol stands on, with what
 * `redis/connection.ts` promises of it. The server is looked at before it is known; commands on a connection that is
 * down fail; nothing is sent twice; what the server tells comes in one stream with its answers.
 */
import { StoreRefusedError, StoreTimeoutError, StoreUnavailableError } from '../../../src/core/errors.ts'
import type {
  RedisCommands,
  RedisVetting,
  Script,
  StoreEvent,
  VettedServer,
} from '../../../src/redis/commands.ts'
import { readServer } from '../../../src/redis/server.ts'
import { type FakeRedis, type Reply, RedisReplyError } from './fake-redis.ts'
import { delayMs, type Lateness, Line, type Network } from './network.ts'
import type { Actor } from './scheduler.ts'

const COMMAND_TIMEOUT_MS = 300
const RECONNECT_MS = 50

interface Link {
  readonly server: FakeRedis
  readonly requests: Line
  readonly replies: Line
  readonly pending: Set<(error: Error) => void>
  /** No answer comes through, or no command. */
  isDeaf: boolean
  isMute: boolean
}

/** Where connections lead. */
export interface Site {
  /** The server that a new connection of `actor` leads to. */
  serverFor(actor: Actor): FakeRedis
}

/** One process's connection. */
export class FakeConnection implements RedisCommands, RedisVetting {
  readonly spansSlots = false
  readonly #network: Network
  readonly #actor: Actor
  readonly #site: Site
  readonly #now: () => number
  readonly #late: Lateness
  readonly #watchers = new Set<(event: StoreEvent) => void>()
  #link: Link | undefined
  #server: VettedServer | undefined
  #connection = {}
  #connectedMs = 0
  #isClosed = false

  constructor(network: Network, actor: Actor, site: Site, now: () => number, late: Lateness) {
    this.#network = network
    this.#actor = actor
    this.#site = site
    this.#now = now
    this.#late = late
  }

  /** Resolves when the first server is known. */
  async connect(): Promise<void> {
    if (this.#server) return
    await new Promise<void>((resolve) => {
      const stop = this.watch(() => {
        stop()
        resolve()
      })
      this.#connect()
    })
  }

  close(): void {
    this.#isClosed = true
    this.cut(0)
  }

  /** The server that it leads to. */
  get leadsTo(): FakeRedis | undefined {
    return this.#link?.server
  }

  /** Nothing comes through in one direction any more. */
  obstruct(direction: 'requests' | 'replies'): void {
    if (!this.#link) return
    if (direction === 'requests') this.#link.isMute = true
    else this.#link.isDeaf = true
  }

  /** The connection breaks, and comes up again later. What was on its way may have arrived, and may arrive late. */
  cut(awayMs: number): void {
    const link = this.#link
    if (!link) return
    this.#link = undefined
    this.#server = undefined
    this.#connection = {}
    for (const reject of link.pending) reject(new StoreUnavailableError('the connection broke'))
    link.pending.clear()
    if (!this.#isClosed) this.#network.scheduler.after(awayMs, () => this.#connect(), this.#actor)
  }

  /** The server tells by itself that it dropped everything. */
  tellFlushed(server: FakeRedis): void {
    const link = this.#link
    if (link?.server !== server || link.isDeaf) return
    this.#network.scheduler.after(
      link.replies.nextDelayMs(),
      () => {
        if (link === this.#link) this.#tell('flushed')
      },
      this.#actor,
    )
  }

  server(): VettedServer {
    if (this.#server) return this.#server
    throw new StoreUnavailableError('no connection to the fake Redis')
  }

  async vet(): Promise<VettedServer> {
    const connection = this.#connection
    await this.#look()
    if (connection !== this.#connection) return this.server()
    return this.server()
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }

  async run<Answer, Result = Answer>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | Buffer)[],
    read: (answer: Answer) => Result = (answer) => answer as unknown as Result,
  ): Promise<Result> {
    const rest = [`${script.name}@${script.sha}`, String(keys.length), ...keys, ...args.map(String)]
    try {
      return read(await this.send<Answer>(script.name, ['EVALSHA', ...rest]))
    } catch (error) {
      const { cause } = error as Error
      if (!(cause instanceof RedisReplyError) || !cause.message.startsWith('NOSCRIPT')) throw error
      return read(await this.send<Answer>(script.name, ['EVAL', ...rest]))
    }
  }

  send<Answer>(operation: string, args: readonly (string | Buffer)[]): Promise<Answer> {
    const link = this.#link
    const { scheduler } = this.#network
    return new Promise((resolve, reject) => {
      if (!link) {
        reject(new StoreUnavailableError('no connection to the fake Redis'))
        return
      }
      const command = args.map(String)
      let isOver = false
      const settle = (how: () => void): void => {
        if (isOver) return
        isOver = true
        link.pending.delete(fail)
        deadline.cancel()
        how()
      }
      const fail = (error: Error): void => settle(() => reject(error))
      link.pending.add(fail)
      const deadline = scheduler.after(
        COMMAND_TIMEOUT_MS,
        () => fail(new StoreTimeoutError(operation, COMMAND_TIMEOUT_MS)),
        this.#actor,
      )
      const arrive = (): void => {
        // What is behind a cut may still arrive, and may not.
        if (link.isMute || (link !== this.#link && lateMs === 0 && this.#network.random() < 0.5)) return
        const { server } = link
        if (!server.isUp) {
          scheduler.after(
            delayMs(this.#network),
            () => link === this.#link && this.cut(RECONNECT_MS),
            this.#actor,
          )
          return
        }
        if (server.hungUntilMs > scheduler.nowMs) {
          scheduler.after(server.hungUntilMs - scheduler.nowMs, arrive)
          return
        }
        let answer: Reply | RedisReplyError
        try {
          answer = server.execute(command)
        } catch (error) {
          if (!(error instanceof RedisReplyError)) throw error
          answer = error
        }
        this.#network.log(`${this.#actor.name} → ${server.run}: ${command.join(' ')} = ${String(answer)}`)
        if (link.isDeaf) return
        scheduler.after(
          link.replies.nextDelayMs(),
          () => {
            if (link !== this.#link) return
            if (answer instanceof RedisReplyError) fail(new StoreRefusedError(operation, answer))
            else settle(() => resolve(answer as Answer))
          },
          this.#actor,
        )
      }
      const lateMs = this.#late.take(operation)
      scheduler.after(link.requests.nextDelayMs() + lateMs, arrive)
      // On one connection nothing overtakes it. Its sender finds this one broken, and makes another.
      if (lateMs > 0) scheduler.after(0, () => link === this.#link && this.cut(0), this.#actor)
    })
  }

  pipeline(): Promise<never> {
    return this.transaction()
  }

  transaction(): Promise<never> {
    return Promise.reject(new Error('the fence protocol sends no transactions'))
  }

  primaries(): never {
    throw new Error('the fence protocol asks no server for all of it')
  }

  serverNow(): number {
    return this.#now()
  }

  serverOffsetMs(): number {
    return 0
  }

  #connect(): void {
    const { scheduler } = this.#network
    if (this.#link || this.#isClosed) return
    const server = this.#site.serverFor(this.#actor)
    if (!server.isUp) {
      scheduler.after(RECONNECT_MS, () => this.#connect(), this.#actor)
      return
    }
    scheduler.after(
      delayMs(this.#network),
      () => {
        const requests = new Line(this.#network)
        const replies = new Line(this.#network)
        this.#link = { server, requests, replies, pending: new Set(), isDeaf: false, isMute: false }
        this.#connection = {}
        this.#connectedMs = this.#now()
        this.#look().catch(() => this.#lookAgain(this.#connection))
      },
      this.#actor,
    )
  }

  #lookAgain(connection: object): void {
    this.#network.scheduler.after(
      250,
      () => {
        if (connection === this.#connection && this.#link && !this.#server)
          this.#look().catch(() => this.#lookAgain(connection))
      },
      this.#actor,
    )
  }

  async #look(): Promise<void> {
    const connection = this.#connection
    const found = readServer(await this.send<string>('INFO', ['INFO']))
    if (!found || connection !== this.#connection) return
    const isNew = this.#server === undefined
    const { runId: run, replicationId: lineage, problem } = found
    this.#server = { run, lineage, problem, connection, connectedMs: this.#connectedMs }
    if (isNew) this.#tell('connected')
  }

  #tell(event: StoreEvent): void {
    for (const listener of this.#watchers) listener(event)
  }
}
