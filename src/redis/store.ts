import { redisCollections } from '../collection/redis.ts'
import { type Duration, parseDuration } from '../core/duration.ts'
import { DeclarationError } from '../core/errors.ts'
import { entryKeys } from '../entry/keys.ts'
import type { ChangeListener } from '../entry/port.ts'
import { redisEntries } from '../entry/redis.ts'
import { redisFences } from '../fence/redis.ts'
import { redisDenylist } from '../kinds/denylist/redis.ts'
import { redisLimits } from '../kinds/limiter/redis.ts'
import { LockWakes, redisLocks } from '../kinds/lock/redis.ts'
import { redisSessions } from '../kinds/session/redis.ts'
import { redisTopics } from '../kinds/topic/redis.ts'
import { redisOutbox } from '../outbox/redis.ts'
import { redisSchedules } from '../kinds/schedule/redis.ts'
import { bullQueues } from '../kinds/queue/redis.ts'
import type { StoreFactory } from '../store.ts'
import { redisSurvey } from '../survey/redis.ts'
import { redisTallies } from '../tallies/redis.ts'
import type { Topology } from './options.ts'
import { connectorOf } from './topology.ts'
import { ChangeFeed } from './tracking.ts'

/** Which Redis, and how long to wait for it: `{ url }`, `{ sentinel }` or `{ cluster }`, and what they share. */
export type RedisStoreOptions = Topology & SharedOptions

interface SharedOptions {
  /** Goes in front of every key, followed by a colon: applications that share a server differ in it. Default `holdfast`. */
  readonly namespace?: string
  /** The longest a call waits for its answer. Default 1 s. */
  readonly commandTimeout?: Duration
  /** The longest `open` waits for the connection. Default 5 s. */
  readonly connectTimeout?: Duration
}

/**
 * State in Redis 7 (or Valkey), shared by all processes that open it: on one server, on the primary that Sentinels
 * watch over, or spread over a Cluster.
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
  const limits = {
    commandTimeoutMs: parseDuration(options.commandTimeout ?? '1s', 'redisStore.commandTimeout', 10),
    connectTimeoutMs: parseDuration(options.connectTimeout ?? '5s', 'redisStore.connectTimeout', 100),
  }
  const connectTo = connectorOf(options, { clientName: `holdfast:${namespace}`, ...limits })
  const { url } = options
  const prefix = `${namespace}:`
  const keys = entryKeys(prefix)
  return ({ clock, trackedPrefixes, listener }) => {
    const wakes = new LockWakes(prefix)
    const feedFor = (told: ChangeListener): ChangeFeed | undefined =>
      trackedPrefixes.length > 0 ? new ChangeFeed(trackedPrefixes, keys, told, wakes) : undefined
    const connection = connectTo({ clock, feedFor, listener })
    return {
      name: 'redis',
      entries: redisEntries(connection, keys),
      fences: redisFences(connection, namespace),
      locks: redisLocks(connection, prefix, wakes),
      denied: redisDenylist(connection, prefix),
      limits: redisLimits(connection, prefix),
      sessions: redisSessions(connection, prefix),
      topics: redisTopics(connection, prefix),
      collections: redisCollections(connection, prefix),
      outbox: redisOutbox(connection, prefix),
      schedules: redisSchedules(connection, prefix),
      queues:
        url === undefined
          ? undefined
          : { reach: 'shared', open: bullQueues({ url, namespace, ...limits }, clock) },
      tallies: redisTallies(connection, prefix, clock),
      survey: redisSurvey(connection, prefix, keys),
      connect: () => connection.connect(),
      ping: () => connection.ping(),
      close: async () => connection.close(),
    }
  }
}
