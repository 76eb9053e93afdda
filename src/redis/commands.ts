import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** One server. */
export interface RedisNode {
  /** Sends one command to this server, wherever its keys may be. Fails as `RedisCommands.send` does. */
  send<Reply>(operation: string, args: readonly string[]): Promise<Reply>
}

/** What the Redis part of a kind needs of a connection: its port. */
export interface RedisCommands {
  /** Whether keys lie on several servers. Then a command, script or transaction may only name keys of one slot. */
  readonly spansSlots: boolean
  /**
   * Sends one command about the key that it names. `operation` names it in errors. Strings in the reply are text,
   * or `Buffer`s when asked for.
   *
   * @throws StoreUnavailableError, StoreTimeoutError, StoreRefusedError
   */
  send<Reply>(operation: string, args: readonly Argument[], strings?: 'text' | 'bytes'): Promise<Reply>
  /**
   * Runs a script, atomically. `read` makes the result of its reply, which spares those who do so often a promise. Fails
   * as `send` does.
   */
  run<Reply, Result = Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    read?: (reply: Reply) => Result,
  ): Promise<Result>
  /** Sends commands that run as one, with nothing in between. Their replies in order. Fails as `send` does. */
  transaction<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]>
  /**
   * Sends commands in one write, each for itself: others may run in between. Their replies in order. Fails as `send`
   * does, for all of them when one fails; which of them ran is not known then.
   */
  pipeline<Reply>(operation: string, commands: readonly (readonly Argument[])[]): Promise<Reply[]>
  /** The servers that hold the keys: one, or the primaries of a Cluster. For commands about a whole server. */
  primaries(): readonly RedisNode[]
  /** The clock of the server that holds `key`, in milliseconds, as well as it is known here: to half a round trip. */
  serverNow(key: string): number
  /** How far that is ahead of this process's monotonic clock. */
  serverOffsetMs(key: string): number
}

/** The server behind the present connection, as it was when it was last looked at. */
export interface VettedServer {
  /** Its run_id: another one after each restart. */
  readonly run: string
  /** Its replication id: another one once its data was that of somebody else. */
  readonly lineage: string
  /** Why what must not be lost or outdated cannot be kept there. */
  readonly problem: string | undefined
  /** Another one for each connection. */
  readonly connection: unknown
  /** When that came up, on the monotonic clock of this process. */
  readonly connectedMs: number
}

/** `connected`: a connection is up and its server known. `flushed`: the server dropped, or replaces, its data. */
export type StoreEvent = 'connected' | 'flushed'

/** What a kind that cannot trust every server needs to know of the one that is connected. */
export interface RedisVetting {
  /**
   * @throws StoreUnavailableError while there is no connection, or its server is not known yet; DeclarationError on a
   * Cluster, which has no one server
   */
  server(): VettedServer
  /** Looks at it now. @throws StoreUnavailableError, StoreTimeoutError, StoreRefusedError */
  vet(): Promise<VettedServer>
  /** Calls `listener` with what happens, until the function that it returns is called. */
  watch(listener: (event: StoreEvent) => void): () => void
}
/** A part of a command: text, or bytes that may be none. */
export type Argument = string | Buffer

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
