import { join } from 'node:path'
import { type Clock, DeclarationError, memoryStore, open, type StoreFactory } from 'holdfast'
import { findRedis, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import type { OpenDatabase } from '../db/database.ts'
import { SettingError } from '../domain/desk-error.ts'
import { hostOf, reasonOf } from './reason.ts'
import type { Settings } from './settings.ts'

/** Where shared state lives. */
export interface StateStore {
  readonly kind: 'redis' | 'memory'
  readonly factory: StoreFactory
  /** For people. */
  readonly about: string
  readonly stop: () => Promise<void>
}

/** "hf" and a counter: see the migration's lock. */
const STORE_OWNER_LOCK = 0x6866_0002
const NAMESPACE = 'desk'

/**
 * The Redis of REDIS_URL; else one of our own in the data folder, if this machine has a server program; else the
 * memory of this process.
 *
 * @throws SettingError naming REDIS_URL when it is no URL, or when this desk and another one on the database would
 * not see each other's state; EmbeddedError when Redis is there and cannot be started
 */
export async function startStore(
  { redisUrl, dataDir }: Settings,
  database: OpenDatabase,
  clock: Clock,
  onProgress: (line: string) => void,
): Promise<StateStore> {
  if (!(await database.own(STORE_OWNER_LOCK, redisUrl === undefined ? 'alone' : 'together'))) {
    throw new SettingError(
      'REDIS_URL',
      'another desk runs on this database, and the two would not see the same state. Stop it, or give both the same REDIS_URL.',
    )
  }
  if (redisUrl !== undefined) {
    const factory = redisAt(redisUrl)
    return { kind: 'redis', factory, about: `REDIS_URL, ${hostOf(redisUrl)}`, stop: async () => undefined }
  }
  const binary = await findRedis({ allowDownload: false, clock }).catch(() => undefined)
  if (!binary) {
    return {
      kind: 'memory',
      factory: memoryStore(),
      about: 'memory of this process',
      stop: async () => undefined,
    }
  }
  const config = { appendonly: 'yes', save: '900 1 300 10 60 10000' }
  const server = await startRedis({ binary, dir: join(dataDir, 'redis'), config, clock, onProgress })
  const reused = server.reused ? ' (it still ran)' : ''
  return {
    kind: 'redis',
    factory: redisStore({ url: server.url, namespace: NAMESPACE }),
    about: `embedded, Redis ${binary.version} on port ${server.port}${reused}`,
    stop: () => server.stop(),
  }
}

/**
 * Connects to REDIS_URL and leaves again, if there is one: before anything is started that it is for.
 *
 * @throws SettingError naming REDIS_URL
 */
export async function tryStore({ redisUrl }: Settings, clock: Clock): Promise<void> {
  if (redisUrl === undefined) return
  const store = redisAt(redisUrl)
  const state = await open({}, { store, clock }).catch((error: unknown) => {
    throw redisError(error)
  })
  await state.close()
}

/** A failure of REDIS_URL. The library knows it by the name of its own option. */
export function redisError(error: unknown): SettingError {
  return new SettingError('REDIS_URL', reasonOf(error).replaceAll('redisStore.url', 'REDIS_URL'))
}

function redisAt(url: string): StoreFactory {
  try {
    return redisStore({ url, namespace: NAMESPACE })
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error
    throw new SettingError('REDIS_URL', error.message.replace(`${error.field}: `, ''))
  }
}
