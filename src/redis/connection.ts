import { createClient, ErrorReply } from '@redis/client'
import { type Clock, every, type Timer } from '../core/clock.ts'
import { StoreRefusedError, StoreTimeoutError, StoreUnavailableError } from '../core/errors.ts'
import { signals } from '../core/signals.ts'
import type { RedisCommands, Script } from './commands.ts'
import { Breaker } from './breaker.ts'
import { Deadlines } from './deadline.ts'
import { readServer, type Server, SERVER_SECTIONS } from './server.ts'
import type { ChangeFeed } from './tracking.ts'

/** How to reach one Redis server. */
export interface ConnectionOptions {
  readonly url: string
  /** The URL as it may be shown. */
  readonly endpoint: string
  /** What operators see in CLIENT LIST. */
  readonly clientName: string
  readonly commandTimeoutMs: number
  readonly connectTimeoutMs: number
}

/** A hung server is noticed by unanswered pings, also when nobody sends a command. */
const PING_EVERY_MS = 2_000
const SILENCE_MS = 6_000
/** More unanswered commands than this are refused at once: the bound of the client's queue. */
const MOST_PENDING = 100_000
const SYNC_TIME_EVERY_MS = 10_000

/**
 * One multiplexed connection to Redis.
 *
 * - Commands of one turn of the event loop leave in one write.
 * - Each has a deadline; past it the caller gets StoreTimeoutError, and the late answer is ignored.
 * - While the connection is down, commands fail at once. Nothing is queued for later, nothing is sent twice: what a
 *   caller got no answer for may have happened once, never twice.
 * - A server that is silent for a whole deadline is spared, and so are the callers, until it answers a probe.
 * - It reconnects for ever, with a backoff of 50 ms to 2 s.
 */
export class RedisConnection implements RedisCommands {
  readonly #client: ReturnType<typeof createClient>
  readonly #options: ConnectionOptions
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #breaker: Breaker
  /** The server's clock minus this process's monotonic one. */
  #timeOffsetMs = 0
  #timeSync: Timer | undefined
  /** The one behind the connection that is up now. */
  #server: Server | undefined
  #connections = 0

  constructor(options: ConnectionOptions, clock: Clock, feed?: ChangeFeed) {
    this.#options = options
    this.#clock = clock
    this.#breaker = new Breaker(clock, () => this.#client.sendCommand(['PING']))
    this.#deadlines = new Deadlines(clock, options.commandTimeoutMs, () => this.#breaker.open())
    this.#client = createClient({
      url: options.url,
      name: options.clientName,
      RESP: 3,
      disableOfflineQueue: true,
      commandsQueueMaxLength: MOST_PENDING,
      // The client's own timeout makes an AbortSignal per command: 3 to 5 times the CPU of the command itself.
      commandOptions: { timeout: 0 },
      maintNotifications: 'disabled',
      pingInterval: PING_EVERY_MS,
      socket: {
        connectTimeout: options.connectTimeoutMs,
        socketTimeout: SILENCE_MS,
        reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 6), 2_000),
      },
      ...(feed ? { clientSideCache: feed } : {}),
    })
    let lastError: unknown
    this.#client.on('reconnecting', () => this.#forgetServer())
    this.#client.on('end', () => this.#forgetServer())
    this.#client.on('error', (error) => {
      lastError = error
      if (signals.connection.hasSubscribers) {
        signals.connection.publish({ event: 'lost', endpoint: options.endpoint, error: lastError })
      }
    })
    this.#client.on('ready', () => {
      this.#breaker.close()
      feed?.resumed()
      if (signals.connection.hasSubscribers)
        signals.connection.publish({ event: 'up', endpoint: options.endpoint })
      this.#syncTime().catch(() => undefined)
      this.#identifyServer().catch(() => undefined)
    })
  }

  /** @throws StoreUnavailableError when the server cannot be used within the connect timeout. */
  async connect(): Promise<void> {
    const { connectTimeoutMs, endpoint } = this.#options
    let lastError: unknown
    const remember = (error: unknown): void => {
      lastError = error
    }
    this.#client.on('error', remember)
    const expired = new Deadlines(this.#clock, connectTimeoutMs)
    try {
      await expired.race(this.#client.connect(), () => new Error('timeout'))
      // Without its name strong keyspaces go without the store; nothing else needs it.
      await Promise.all([this.#syncTime(), this.#identifyServer().catch(() => undefined)])
      this.#timeSync = every(this.#clock, SYNC_TIME_EVERY_MS, async () => {
        if (this.#server === undefined) this.#identifyServer().catch(() => undefined)
        await this.#syncTime()
      })
    } catch (error) {
      this.#client.destroy()
      const reason = lastError ?? error
      throw new StoreUnavailableError(
        `cannot use Redis at ${endpoint} within ${connectTimeoutMs} ms: ${reason instanceof Error ? describeFailure(reason) : String(reason)}. Check redisStore.url.`,
        reason,
      )
    } finally {
      this.#client.off('error', remember)
    }
  }

  /** The server's clock, in milliseconds, as well as it is known here: to about half a round trip. */
  serverNow(): number {
    return this.#clock.now() + this.#timeOffsetMs
  }

  serverOffsetMs(): number {
    return this.#timeOffsetMs
  }

  runId(): string {
    const { endpoint } = this.#options
    if (!this.#server)
      throw new StoreUnavailableError(
        `no connection to Redis at ${endpoint}, or it did not tell its run_id (INFO server)`,
      )
    const { runId, problem } = this.#server
    if (problem === undefined) return runId
    throw new StoreUnavailableError(`Redis at ${endpoint} cannot hold strong keyspaces: ${problem}`)
  }

  /** Sends one command. `operation` names it in errors. */
  send<Reply>(operation: string, args: readonly string[]): Promise<Reply> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(operation))
    const reply = this.#client.sendCommand<Reply>(args).catch((error: unknown) => {
      throw this.#translate(operation, error)
    })
    return this.#deadlines.race<Reply>(
      reply,
      () => new StoreTimeoutError(operation, this.#options.commandTimeoutMs),
    )
  }

  /** Runs a script. It is sent by name, and as text when this server has not seen it: then it did not run yet. */
  async run<Reply>(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await this.send<Reply>(script.name, ['EVALSHA', script.sha, ...rest])
    } catch (error) {
      if (!isUnknownScript(error)) throw error
      return await this.send<Reply>(script.name, ['EVAL', script.source, ...rest])
    }
  }

  transaction<Reply>(operation: string, commands: readonly (readonly string[])[]): Promise<Reply[]> {
    if (this.#breaker.isOpen) return Promise.reject(this.#silent(operation))
    const multi = this.#client.multi()
    for (const args of commands) multi.addCommand([...args])
    const replies = multi.exec().catch((error: unknown) => {
      throw this.#translate(operation, error)
    }) as Promise<unknown> as Promise<Reply[]>
    return this.#deadlines.race(
      replies,
      () => new StoreTimeoutError(operation, this.#options.commandTimeoutMs),
    )
  }

  /** Ends the connection. Unanswered commands are rejected. */
  close(): void {
    this.#timeSync?.cancel()
    if (this.#client.isOpen) this.#client.destroy()
  }

  async #syncTime(): Promise<void> {
    const sentMs = this.#clock.now()
    const [seconds, microseconds] = await this.send<[string, string]>('TIME', ['TIME'])
    const serverMs = Number(seconds) * 1_000 + Number(microseconds) / 1_000
    this.#timeOffsetMs = serverMs - (sentMs + this.#clock.now()) / 2
  }

  #forgetServer(): void {
    this.#connections++
    this.#server = undefined
  }

  /** What is known of a server holds for one connection: the next one may lead to another server. */
  async #identifyServer(): Promise<void> {
    const connection = this.#connections
    const server = readServer(await this.send<string>('INFO', ['INFO', ...SERVER_SECTIONS]))
    if (!server) throw new StoreUnavailableError('INFO names no run_id')
    if (connection === this.#connections) this.#server = server
  }

  #silent(operation: string): StoreUnavailableError {
    const { endpoint, commandTimeoutMs } = this.#options
    return new StoreUnavailableError(
      `${operation}: Redis at ${endpoint} was silent for ${commandTimeoutMs} ms; not sent, and it is asked until it answers`,
    )
  }

  #translate(operation: string, error: unknown): Error {
    if (error instanceof ErrorReply) return new StoreRefusedError(operation, error)
    const reason = error instanceof Error ? describeFailure(error) : String(error)
    return new StoreUnavailableError(
      `${operation}: no connection to Redis at ${this.#options.endpoint}: ${reason}`,
      error,
    )
  }
}

function isUnknownScript(error: unknown): boolean {
  return (
    error instanceof StoreRefusedError &&
    error.cause instanceof Error &&
    error.cause.message.startsWith('NOSCRIPT')
  )
}

/** Some socket errors have an empty message and carry the real ones inside. */
function describeFailure(error: Error): string {
  if (error instanceof AggregateError) return error.errors.map((inner: Error) => inner.message).join('; ')
  return error.message === '' ? error.name : error.message
}
