import { type Duration, parseDuration } from '../core/duration.ts'
import { DeclarationError } from '../core/errors.ts'
import { entryKeys } from '../entry/keys.ts'
import { redisEntries } from '../entry/redis.ts'
import { redisFences } from '../fence/redis.ts'
import { redisLimits } from '../kinds/limiter/redis.ts'
import { redisLocks } from '../kinds/lock/redis.ts'
import type { StoreFactory } from '../store.ts'
import { RedisConnection } from './connection.ts'
import { showableEndpoint } from './endpoint.ts'
import { ChangeFeed } from './tracking.ts'

/** Where the Redis is, and how long to wait for it. */
export interface RedisStoreOptions {
  /** `redis://[[user]:password@]host[:port][/db]`, `rediss://…` for TLS, or `unix:///path`. */
  readonly url: string
  /** Goes in front of every key, followed by a colon: applications that share a server differ in it. Default `holdfast`. */
  readonly namespace?: string
  /** The longest a call waits for its answer. Default 1 s. */
  readonly commandTimeout?: Duration
  /** The longest `open` waits for the connection. Default 5 s. */
  readonly connectTimeout?: Duration
}

/**
 * State in Redis 7 (or Valkey), shared by all processes that open it.
 *
 * @throws DeclarationError naming the option that is wrong.
 */
export function redisStore(options: RedisStoreOptions): StoreFactory {
  const namespace = options.namespace ?? 'holdfast'
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(namespace)) {
    throw new DeclarationError(
      'redisStore.namespace',
      `'${namespace}' is not 1 to 64 letters, digits, '_', '.' or '-'`,
    )
  }
  const connectionOptions = {
    url: options.url,
    endpoint: showableEndpoint(options.url),
    clientName: `holdfast:${namespace}`,
    commandTimeoutMs: parseDuration(options.commandTimeout ?? '1s', 'redisStore.commandTimeout', 10),
    connectTimeoutMs: parseDuration(options.connectTimeout ?? '5s', 'redisStore.connectTimeout', 100),
  }
  const prefix = `${namespace}:`
  const keys = entryKeys(prefix)
  return ({ clock, trackedPrefixes, listener }) => {
    const feed = trackedPrefixes.length > 0 ? new ChangeFeed(trackedPrefixes, keys, listener) : undefined
    const connection = new RedisConnection(connectionOptions, clock, feed)
    return {
      name: 'redis',
      entries: redisEntries(connection, keys),
      fences: redisFences(connection, prefix),
      locks: redisLocks(connection, prefix),
      limits: redisLimits(connection, prefix),
      connect: () => connection.connect(),
      ping: async () => void (await connection.send('ping', ['PING'])),
      close: async () => connection.close(),
    }
  }
}
