import { ErrorReply, RedisClient, RESP_TYPES } from '@redis/client'
import { type Clock, every, type Timer } from '../core/clock.ts'
import { StoreRefusedError, StoreTimeoutError, StoreUnavailableError } from '../core/errors.ts'
import { signals } from '../core/signals.ts'
import { Breaker } from './breaker.ts'
import type { Argument, Script } from './commands.ts'
import { Deadlines, type Ending } from './deadline.ts'
import type { ServerAddress } from './node.ts'
import type { ChangeFeed } from './tracking.ts'

/** How to reach one Redis server, or one Sentinel. */
export interface LinkOptions {
  readonly server: ServerAddress
  /** The server as it may be shown. */
  readonly endpoint: string
  /** What operators see in CLIENT LIST. */
  readonly clientName: string
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
}

/** What becomes of a link. */
export interface LinkEvents {
  /** It is up, and tracking is on. */
  up(): void
  /** It is down. Perhaps it was not up since it was last. */
  lost(): void
  /** Nothing was heard of the server for a whole command timeout, whatever becomes of the connection. */
  silent?(): void
  /** It has answered what was asked since, and with that everything before. */
  heard?(): void
}

/** A server that does not answer is noticed also when nobody sends a command: an L1 must not trust it any longer. */
const PING_EVERY_MS = 1_000
/** A connection on which nothing happens for so long is given up. */
const SILENCE_MS = 6_000
/** More unanswered commands than this are refused at once: the bound of the client's queue. */
const MOST_PENDING = 100_000
const STRINGS_AS_BYTES = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }

/** `createClient` would make a class of 400 methods for each client that has a feed: 20 ms for each node. */
const newClient = RedisClient.factory({ RESP: 3 })

/**
 * One multiplexed connection to one server, which knows nothing of what is said on it.
 *
 * - Commands of one turn of the event loop leave in one write.
 * - Each has a deadline; past it the caller gets StoreTimeoutError, and the late answer is ignored.
 * - While the connection is down, commands fail at once. Nothing is queued for later, nothing is sent twice: what a
 *   caller got no answer for may have happened once, never twice.
 * - A server that is silent for a whole deadline is spared, and so are the callers, until it answers a probe.
 * - It reconnects for ever, with a backoff of 50 ms to 2 s.
 */
export class Link {
  readonly #client: ReturnType<typeof newClient>
  readonly #options: LinkOptions
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #breaker: Breaker
  #lastError: unknown
  #pings: Timer | undefined

  constructor(options: LinkOptions, clock: Clock, events: LinkEvents, feed?: ChangeFeed) {
    this.#options = options
    this.#clock = clock
    // What is told of changes comes in one stream with the answers: who does not answer does not tell either.
    this.#breaker = new Breaker(
      clock,
      () => this.#client.sendCommand(['PING']),
      () => events.silent?.(),
      () => events.heard?.(),
    )
    this.#deadlines = new Deadlines(clock, options.commandTimeoutMs, () => this.#breaker.open())
    this.#client = newClient({
      ...clientAddress(options),
      name: options.clientName,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MOST_PENDING,
      // The client's own timeout makes an AbortSignal per command: 3 to 5 times the CPU of the command itself.
      commandOptions: { timeout: 0 },
      maintNotifications: 'disabled',
      ...(feed ? { clientSideCache: feed } : {}),
    })
    this.#client.on('reconnecting', () => events.lost())
    this.#client.on('end', () => events.lost())
    this.#client.on('error', (error) => {
      this.#lastError = error
      if (signals.connection.hasSubscribers)
        signals.connection.publish({ event: 'lost', endpoint: options.endpoint, error })
    })
    this.#client.on('ready', () => {
      this.#breaker.close()
      events.up()
      if (signals.connection.hasSubscribers)
        signals.connection.publish({ event: 'up', endpoint: options.endpoint })
    })
  }

  /** Whether commands are sent at all. */
  get isUp(): boolean {
    return this.#client.isReady
  }

  /** Why it is not up, as well as it is known. */
  get problem(): string {
    return describeFailure(this.#lastError ?? 'timeout')
  }

  /** Begins to connect, and goes on until it is closed. */
  start(): void {
    this.#connect().catch(() => undefined)
  }

  /** Begins to connect, and waits until it is up. Rejects, closed, with `problem` after the connect timeout. */
  async open(): Promise<void> {
    const expired = new Deadlines(this.#clock, this.#options.connectTimeoutMs)
    try {
      await expired.race(this.#connect(), () => new Error('timeout'))
    } catch (error) {
      this.close()
      throw new StoreUnavailableError(describeFailure(this.#lastError ?? error), this.#lastError ?? error)
    }
  }

  /** Ends the connection. Unanswered commands are rejected. */
  close(): void {
    this.#pings?.cancel()
    if (this.#client.isOpen) this.#client.destroy()
  }

  /**
   * Sends one command. `operation` names it in errors. Strings in the reply are text, or `Buffer`s. `isAsked`: a server
   * of a Cluster has sent it here, to one that answers it only when told so.
   */
  send<Reply>(
    operation: string,
    args: readonly Argument[],
    strings: 'text' | 'bytes' = 'text',
    isAsked = false,
  ): Promise<Reply> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(operation))
    if (isAsked) this.#ask()
    const options = strings === 'bytes' ? STRINGS_AS_BYTES : undefined
    return this.#deadlines.end(
      this.#client.sendCommand<Reply>(args, options),
      new Command<Reply, Reply>(this, operation),
    )
  }

  /**
   * Runs a script by its name, with the arguments that follow that; by its text when the server has not seen it, and
   * has not run it. `read` makes the result of the reply. Otherwise as `send` does.
   */
  run<Reply, Result>(
    script: Script,
    rest: readonly Argument[],
    read: ((reply: Reply) => Result) | undefined,
    isAsked: boolean,
  ): Promise<Result> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(script.name))
    if (isAsked) this.#ask()
    return this.#deadlines.end(
      this.#client.sendCommand<Reply>(['EVALSHA', script.sha, ...rest]),
      new Command<Reply, Result>(this, script.name, read, async () => {
        const reply = await this.send<Reply>(script.name, ['EVAL', script.source, ...rest], 'text', isAsked)
        return read ? read(reply) : (reply as unknown as Result)
      }),
    )
  }

  /** Sends commands in one write, with one deadline. As `send` does, for all of them when one fails. */
  pipeline<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(operation))
    const replies = commands.map((args) => this.#client.sendCommand<Reply>(args))
    return this.#deadlines.end(Promise.all(replies), new Command<Reply[], Reply[]>(this, operation))
  }

  /** Sends commands that run as one. As `send` does. */
  transaction<Reply>(
    operation: string,
    commands: readonly (readonly Argument[])[],
    isAsked = false,
  ): Promise<Reply[]> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(operation))
    // Single commands the client refuses by itself, transactions it would keep and send once it is up again.
    if (!this.isUp) return Promise.reject(this.translate(operation, this.#lastError ?? new Error('offline')))
    const multi = this.#client.multi()
    for (const args of commands) multi.addCommand([...args])
    if (isAsked) this.#ask()
    const replies = multi.exec() as Promise<unknown> as Promise<Reply[]>
    return this.#deadlines.end(replies, new Command<Reply[], Reply[]>(this, operation))
  }

  async #connect(): Promise<void> {
    this.#pings = every(this.#clock, PING_EVERY_MS, async () => {
      if (this.isUp) await this.send('ping', ['PING'])
    })
    await this.#client.connect()
  }

  /** Holds for the command that is sent right after it. */
  #ask(): void {
    this.#client.sendCommand(['ASKING']).catch(() => undefined)
  }

  /** The error of a command that took too long. */
  overdue(operation: string): StoreTimeoutError {
    return new StoreTimeoutError(operation, this.#options.commandTimeoutMs)
  }

  #silent(operation: string): StoreUnavailableError {
    const { endpoint, commandTimeoutMs } = this.#options
    return new StoreUnavailableError(
      `${operation}: Redis at ${endpoint} was silent for ${commandTimeoutMs} ms; not sent, and it is asked until it answers`,
    )
  }

  /** What the client's error is to a caller. */
  translate(operation: string, error: unknown): Error {
    if (error instanceof ErrorReply) return new StoreRefusedError(operation, error)
    return new StoreUnavailableError(
      `${operation}: no connection to Redis at ${this.#options.endpoint}: ${describeFailure(error)}`,
      error,
    )
  }
}

/** A command under way. A class: V8 would come to take closures that so many calls make for long-lived. */
class Command<Reply, Result> implements Ending<Reply, Result> {
  readonly #link: Link
  readonly #operation: string
  readonly #read: ((reply: Reply) => Result) | undefined
  readonly #asText: (() => Promise<Result>) | undefined
  #isOver = false

  constructor(
    link: Link,
    operation: string,
    read?: (reply: Reply) => Result,
    /** Runs the script by its text. */
    asText?: () => Promise<Result>,
  ) {
    this.#link = link
    this.#operation = operation
    this.#read = read
    this.#asText = asText
  }

  done(reply: Reply): Result {
    return this.#read ? this.#read(reply) : (reply as unknown as Result)
  }

  failed(error: unknown): Promise<Result> {
    // Of one that took too long nothing may be sent any more: its caller was told so.
    if (this.#asText && !this.#isOver && error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))
      return this.#asText()
    throw this.#link.translate(this.#operation, error)
  }

  overdue(): Error {
    this.#isOver = true
    return this.#link.overdue(this.#operation)
  }
}

/** The client's options for the server and its socket. */
function clientAddress({ server, connectTimeoutMs }: LinkOptions): Parameters<typeof newClient>[0] {
  const socket = {
    connectTimeout: connectTimeoutMs,
    socketTimeout: SILENCE_MS,
    reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 6), 2_000),
  }
  if ('url' in server) return { url: server.url, socket }
  const { username, password, database, tls } = server.login
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(database !== undefined && { database }),
    socket: { ...socket, ...server.node, ...(tls === true && { tls }) },
  }
}

/** Some socket errors have an empty message and carry the real ones inside. */
function describeFailure(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? error.name : error.message
}
