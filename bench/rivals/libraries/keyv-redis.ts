import KeyvRedis, { createCluster, createKeyv, type Keyv, type KeyvRedisOptions } from '@keyv/redis'
import { unsupported, type Where } from '../port.ts'

/** What `keyvRedis` is set to, for the printed configuration. */
export const KEYV_REDIS =
  '@keyv/redis with disableOfflineQueue, connectionTimeout 1 s, throwOnConnectError off and commands of at most 1 s'

/**
 * The Redis tier of cacheable and cache-manager, connected: they would do so at the first read, and miss. Of what
 * their documentation says against hanging, everything that leaves Redis usable: `nonBlocking` makes reads ignore it,
 * and `reconnectStrategy: false` never connects again.
 */
export async function keyvRedis(where: Where, namespace: string): Promise<Keyv> {
  const options = { namespace, connectionTimeout: 1_000, throwOnConnectError: false }
  const store = storeOf(where, options)
  const keyv = createKeyv(undefined, options)
  keyv.store = store
  for (const emitter of [store, keyv]) emitter.on('error', () => undefined)
  await store.getClient()
  return keyv
}

function storeOf(where: Where, options: KeyvRedisOptions): KeyvRedis<unknown> {
  const commandOptions = { timeout: 1_000 }
  if (where.topology === 'standalone')
    return new KeyvRedis({ url: where.url, disableOfflineQueue: true, commandOptions }, options)
  if (where.topology !== 'cluster') return unsupported()
  const cluster = createCluster({
    rootNodes: where.urls.map((url) => ({ url })),
    defaults: { disableOfflineQueue: true },
    commandOptions,
  })
  cluster.on('error', () => undefined)
  return new KeyvRedis(cluster, options)
}
