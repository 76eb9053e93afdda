/**
 * What the desk stands on: servers that the settings name, or private ones that it starts itself.
 */
import { join } from 'node:path'
import type { Clock } from 'holdfast'
import { memoryStore, type StoreFactory } from 'holdfast'
import { findRedis, startPostgres, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { type OpenDatabase, openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { SettingError } from '../domain/desk-error.ts'
import type { Settings } from './settings.ts'

/** Something that was started, and how to end it. */
export interface Started {
  readonly stop: () => Promise<void>
}

/** PostgreSQL, migrated. */
export interface Truth extends Started {
  readonly kind: 'embedded' | 'external'
  readonly database: OpenDatabase
  /** For people: version and place. */
  readonly about: string
}

/** Where shared state lives. */
export interface StateStore extends Started {
  readonly kind: 'redis' | 'memory'
  readonly factory: StoreFactory
  /** For people. */
  readonly about: string
}

type Progress = (line: string) => void

/** @throws SettingError naming DATABASE_URL when it cannot be used; EmbeddedError when none can be started */
export async function startTruth(settings: Settings, clock: Clock, onProgress: Progress): Promise<Truth> {
  if (settings.databaseUrl !== undefined) {
    const url = settings.databaseUrl
    try {
      await migrate(url)
      const database = await openDatabase(url)
      return {
        kind: 'external',
        database,
        about: `DATABASE_URL, ${hostOf(url)}`,
        stop: () => database.close(),
      }
    } catch (error) {
      throw new SettingError(
        'DATABASE_URL',
        `PostgreSQL at ${hostOf(url)} cannot be used: ${reasonOf(error)}`,
      )
    }
  }
  const server = await startPostgres({ dataDir: join(settings.dataDir, 'postgres'), clock, onProgress })
  try {
    await migrate(server.url)
    const database = await openDatabase(server.url)
    return {
      kind: 'embedded',
      database,
      about: `embedded, PostgreSQL ${server.version} on port ${server.port}${server.reused ? ' (it still ran)' : ''}`,
      async stop() {
        await database.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** @throws SettingError naming REDIS_URL when a second process would need one */
export async function startStore(
  settings: Settings,
  truth: Truth,
  clock: Clock,
  onProgress: Progress,
): Promise<StateStore> {
  if (settings.redisUrl !== undefined) {
    const factory = redisStore({ url: settings.redisUrl, namespace: 'desk' })
    return {
      kind: 'redis',
      factory,
      about: `REDIS_URL, ${hostOf(settings.redisUrl)}`,
      stop: async () => undefined,
    }
  }
  const binary = await findRedis({ allowDownload: false, clock }).catch(() => undefined)
  if (binary) {
    onProgress(`starting ${binary.version} from ${binary.command}`)
    const config = { appendonly: 'yes', save: '900 1 300 10 60 10000' }
    const server = await startRedis({ binary, dir: join(settings.dataDir, 'redis'), config, clock })
    const about = `embedded, ${binary.version} on port ${server.port}${server.reused ? ' (it still ran)' : ''}`
    return {
      kind: 'redis',
      factory: redisStore({ url: server.url, namespace: 'desk' }),
      about,
      stop: () => server.stop(),
    }
  }
  if (!(await truth.database.tryOwn(MEMORY_OWNER_LOCK))) {
    throw new SettingError(
      'REDIS_URL',
      'another desk on this database keeps its state in memory, which two processes cannot share. Stop it, or give both the same REDIS_URL.',
    )
  }
  return {
    kind: 'memory',
    factory: memoryStore(),
    about: 'memory of this process',
    stop: async () => undefined,
  }
}

/** "hf" and a counter: see the migration's lock. */
const MEMORY_OWNER_LOCK = 0x6866_0002

/** Host, port and database: what may be shown of a URL. */
function hostOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `${host}${pathname}`
  } catch {
    return 'the address given'
  }
}

/** Errors of sockets may have an empty message and carry the real ones inside. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  if (error instanceof Error) return error.message || (error as NodeJS.ErrnoException).code || error.name
  return String(error)
}
