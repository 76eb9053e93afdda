import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** What the Redis part of a kind needs of a connection: its port. */
export interface RedisCommands {
  /**
   * Sends one command. `operation` names it in errors.
   *
   * @throws StoreUnavailableError, StoreTimeoutError, StoreRefusedError
   */
  send<Reply>(operation: string, args: readonly string[]): Promise<Reply>
  /** Runs a script, atomically. Fails as `send` does. */
  run<Reply>(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply>
  /** Sends commands that run as one, with nothing in between. Their replies in order. Fails as `send` does. */
  transaction<Reply>(operation: string, commands: readonly (readonly string[])[]): Promise<Reply[]>
  /** The server's clock in milliseconds, as well as this process knows it. */
  serverNow(): number
  /** How far that is ahead of this process's monotonic clock. */
  serverOffsetMs(): number
  /**
   * Names the run of the server behind the present connection: another one after each restart.
   *
   * @throws StoreUnavailableError while there is no connection, its server is not known yet, or is one that loses or
   * lags: a replica, or one that may evict any key
   */
  runId(): string
}

/** A Lua script: one atomic operation, one file. */
export interface Script {
  /** The operation's name, for error messages. */
  readonly name: string
  readonly source: string
  /** The name under which Redis caches the script. */
  readonly sha: string
}

/** Reads the script at `url`, which lies beside the module that uses it. */
export function loadScript(url: URL): Script {
  const source = readFileSync(url, 'utf8')
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1).replace(/\.lua$/, '')
  return { name, source, sha: createHash('sha1').update(source).digest('hex') }
}
