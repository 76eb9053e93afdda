import { join } from 'node:path'
import type { Clock } from 'holdfast'
import { startPostgres } from 'holdfast/embedded'
import { type OpenDatabase, openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { SettingError } from '../domain/desk-error.ts'
import { hostOf, reasonOf } from './reason.ts'
import type { Settings } from './settings.ts'

/** PostgreSQL, migrated. */
export interface Truth {
  readonly kind: 'embedded' | 'external'
  readonly database: OpenDatabase
  /** For whoever needs connections of their own. Holds a password. */
  readonly url: string
  /** For people: version and place. */
  readonly about: string
  readonly stop: () => Promise<void>
}

/**
 * The database of DATABASE_URL, or the packaged PostgreSQL, started in the data folder.
 *
 * @throws SettingError naming DATABASE_URL when it cannot be used; EmbeddedError when none can be started
 */
export async function startTruth(
  { databaseUrl, dataDir }: Settings,
  clock: Clock,
  onProgress: (line: string) => void,
): Promise<Truth> {
  if (databaseUrl !== undefined) {
    const place = hostOf(databaseUrl)
    const database = await openMigrated(databaseUrl, clock).catch((error: unknown) => {
      throw new SettingError('DATABASE_URL', `PostgreSQL at ${place} cannot be used: ${reasonOf(error)}`)
    })
    return {
      kind: 'external',
      database,
      url: databaseUrl,
      about: `DATABASE_URL, ${place}`,
      stop: () => database.close(),
    }
  }
  const server = await startPostgres({ dataDir: join(dataDir, 'postgres'), clock, onProgress })
  try {
    const database = await openMigrated(server.url, clock)
    const reused = server.reused ? ' (it still ran)' : ''
    return {
      kind: 'embedded',
      database,
      url: server.url,
      about: `embedded, PostgreSQL ${server.version} on port ${server.port}${reused}`,
      async stop() {
        await database.close().catch(() => undefined)
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function openMigrated(url: string, clock: Clock): Promise<OpenDatabase> {
  await migrate(url)
  return openDatabase(url, clock)
}
