import type { Clock, Timer } from '../core/clock.ts'
import { StoreRefusedError, StoreUnavailableError } from '../core/errors.ts'
import type {
  Argument,
  RedisCommands,
  RedisNode,
  RedisVetting,
  Script,
  StoreEvent,
  VettedServer,
} from './commands.ts'
import { Link, type LinkEvents, type LinkOptions } from './link.ts'
import { readServer, type Server, SERVER_SECTIONS } from './server.ts'
import type { ChangeFeed } from './tracking.ts'

/** What becomes of a connection. */
export interface ConnectionEvents extends Partial<LinkEvents> {
  /** The server was looked at: after it came up, then again and again. Undefined when it does not tell. */
  looked?(server: Server | undefined): void
}

/** How often the server's clock is read, and its role and run asked for. */
const LOOK_EVERY_MS = 10_000
const LOOK_AGAIN_MS = 250

/** The connection to one Redis server, with what must be known of that server. */
export class RedisConnection implements RedisCommands, RedisVetting {
  readonly spansSlots = false
  readonly #link: Link
  readonly #options: LinkOptions
  readonly #clock: Clock
  readonly #events: ConnectionEvents
  /** The server's clock minus this process's monotonic one. */
  #timeOffsetMs = 0
  #nextLook: Timer | undefined
  #looking: Promise<void> | undefined
  /** The one behind the connection that is up now. */
  #server: VettedServer | undefined
  /** The connection that is up, or was last: what is known of one server says nothing of the next. */
  #connection = {}
  #connectedMs = 0
  readonly #watchers = new Set<(event: StoreEvent) => void>()

  constructor(options: LinkOptions, clock: Clock, events: ConnectionEvents, feed?: ChangeFeed) {
    this.#options = options
    this.#clock = clock
    this.#events = events
    this.#link = new Link(options, clock, { ...events, up: () => this.#up(), lost: () => this.#lost() }, feed)
    feed?.whenFlushed(() => this.#tell('flushed'))
  }

  /** Begins to connect, and goes on until it is closed. */
  start(): void {
    this.#link.start()
  }

  /** @throws StoreUnavailableError when the server cannot be used within the connect timeout. */
  async connect(): Promise<void> {
    const { connectTimeoutMs, endpoint } = this.#options
    try {
      await this.#link.open()
      // Without its name strong keyspaces go without the store; nothing else needs it.
      await this.#looking
    } catch (error) {
      this.close()
      const { message, cause } = error as Error
      throw new StoreUnavailableError(
        `cannot use Redis at ${endpoint} within ${connectTimeoutMs} ms: ${message}. Check redisStore.url.`,
        cause ?? error,
      )
    }
  }

  /** Why it is not up, as well as it is known. */
  get problem(): string {
    return this.#link.problem
  }

  serverNow(): number {
    return this.#clock.now() + this.#timeOffsetMs
  }

  serverOffsetMs(): number {
    return this.#timeOffsetMs
  }

  primaries(): readonly RedisNode[] {
    return [this]
  }

  server(): VettedServer {
    if (this.#server) return this.#server
    throw new StoreUnavailableError(
      `no connection to Redis at ${this.#options.endpoint}, or it did not tell its run_id (INFO server)`,
    )
  }

  async vet(): Promise<VettedServer> {
    const connection = this.#connection
    const found = await this.#askServer()
    if (!found || connection !== this.#connection) return this.server()
    const known = this.#know(found)
    this.#events.looked?.(found)
    return known
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#watchers.add(listener)
    return () => void this.#watchers.delete(listener)
  }

  send<Reply>(
    operation: string,
    args: readonly Argument[],
    strings?: 'text' | 'bytes',
    isAsked?: boolean,
  ): Promise<Reply> {
    return this.#link.send(operation, args, strings, isAsked)
  }

  /** Runs a script. It is sent by name, and as text when this server has not seen it: then it did not run yet. */
  run<Reply, Result = Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    read?: (reply: Reply) => Result,
    isAsked = false,
  ): Promise<Result> {
    const rest = [String(keys.length), ...keys, ...args]
    return this.#link.run<Reply, Result>(script, rest, read, isAsked)
  }

  pipeline<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    return this.#link.pipeline(operation, commands)
  }

  transaction<Reply>(
    operation: string,
    commands: readonly (readonly Argument[])[],
    isAsked?: boolean,
  ): Promise<Reply[]> {
    return this.#link.transaction(operation, commands, isAsked)
  }

  async ping(): Promise<void> {
    await this.send('ping', ['PING'])
  }

  /** Looks at the server again, now: its role, its run and its clock. */
  look(): void {
    if (this.#looking || !this.#link.isUp) return
    this.#nextLook?.cancel()
    this.#looking = this.#lookOnce()
    this.#looking.catch(() => undefined)
  }

  /** Ends the connection. Unanswered commands are rejected. */
  close(): void {
    this.#link.close()
    this.#lost()
  }

  #up(): void {
    this.#connectedMs = this.#clock.now()
    this.#events.up?.()
    this.look()
  }

  #lost(): void {
    this.#connection = {}
    this.#server = undefined
    this.#looking = undefined
    this.#nextLook?.cancel()
    this.#events.lost?.()
  }

  #know({ runId: run, replicationId: lineage, problem }: Server): VettedServer {
    const isNew = this.#server === undefined
    this.#server = {
      run,
      lineage,
      problem,
      connection: this.#connection,
      connectedMs: this.#connectedMs,
    }
    if (isNew) this.#tell('connected')
    return this.#server
  }

  #tell(event: StoreEvent): void {
    for (const listener of this.#watchers) listener(event)
  }

  /** What is known of a server holds for one connection: the next one may lead to another server. */
  async #lookOnce(): Promise<void> {
    const connection = this.#connection
    const [time, server] = await Promise.allSettled([this.#syncTime(), this.#askServer()])
    if (connection !== this.#connection) return
    this.#looking = undefined
    if (server.status === 'fulfilled' && server.value) this.#know(server.value)
    const isServerKnown = server.status === 'fulfilled' || server.reason instanceof StoreRefusedError
    const isDone = time.status === 'fulfilled' && isServerKnown
    if (isDone) this.#events.looked?.(server.status === 'fulfilled' ? server.value : undefined)
    this.#nextLook = this.#clock.after(isDone ? LOOK_EVERY_MS : LOOK_AGAIN_MS, () => this.look())
    if (time.status === 'rejected') throw time.reason
  }

  async #syncTime(): Promise<void> {
    const sentMs = this.#clock.now()
    const [seconds, microseconds] = await this.send<[string, string]>('TIME', ['TIME'])
    const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000
    this.#timeOffsetMs = serverMs - (sentMs + this.#clock.now()) / 2
  }

  async #askServer(): Promise<Server | undefined> {
    return readServer(await this.send<string>('INFO', ['INFO', ...SERVER_SECTIONS]))
  }
}

/** Whether Redis refused with a reply that begins with `code`. */
export function isRefusal(error: unknown, code: string): boolean {
  return (
    error instanceof StoreRefusedError && error.cause instanceof Error && error.cause.message.startsWith(code)
  )
}
