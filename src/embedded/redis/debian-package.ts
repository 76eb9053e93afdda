import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { buildDirectory } from '../build-directory.ts'
import type { Environment } from '../cache-directory.ts'
import { runProgram } from '../run-program.ts'
import { tryRedis, type RedisBinary } from './binary.ts'
import { findProgram } from './search-path.ts'

const SERVER_PACKAGE = 'redis-tools'
const USUAL_LIBRARIES = ['libjemalloc2', 'liblzf1', 'libatomic1']
const APT_TIMEOUT_MS = 120_000
const UNPACK_TIMEOUT_MS = 30_000

/** Where `fetchDebianRedis` puts its result: one folder per release of the distribution and processor. */
export async function debianRedisFolder(cacheDir: string): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string): string =>
    new RegExp(`^${name}="?([\\w.-]+)"?$`, 'm').exec(text)?.[1] ?? 'unknown'
  return join(cacheDir, `redis-${field('ID')}-${field('VERSION_ID')}-${process.arch}`)
}

/** The server in such a folder, with the libraries beside it; or why there is none that works. */
export async function openDebianRedis(
  folder: string,
  how: RedisBinary['how'],
): Promise<RedisBinary | string> {
  const command = join(folder, 'usr', 'bin', 'redis-server')
  if (!(await stat(command).catch(() => undefined))) return `${folder} holds none`
  const libraries: string[] = []
  for (const lib of [join(folder, 'usr', 'lib'), join(folder, 'lib')]) {
    const names = await readdir(lib).catch(() => [])
    libraries.push(...names.filter((name) => name.includes('-linux-')).map((name) => join(lib, name)))
  }
  return await tryRedis({ command, env: { LD_LIBRARY_PATH: libraries.join(':') }, how })
}

/**
 * Fetches Redis as Debian and Ubuntu package it into `folder`, with apt, which checks the signatures. Needs no root
 * and changes nothing of the system. Several processes may do it at once.
 *
 * @throws EmbeddedError when a step fails, with what the tool said; nothing is left in `folder` then.
 */
export async function fetchDebianRedis(clock: Clock, folder: string, env: Environment): Promise<void> {
  await buildDirectory(clock, folder, async (partial) => {
    const packages = join(partial, 'packages')
    const tree = join(partial, 'tree')
    await mkdir(packages)
    await mkdir(tree)
    await downloadPackages(packages, env)
    const dpkg = await findTool('dpkg-deb', env)
    for (const name of (await readdir(packages)).filter((name) => name.endsWith('.deb'))) {
      const { failure } = await runProgram(dpkg, ['-x', join(packages, name), tree], {
        env: toolEnv(env),
        timeoutMs: UNPACK_TIMEOUT_MS,
      })
      if (failure !== undefined) throw new EmbeddedError(`unpacking ${name} failed: ${failure}`)
    }
    // One program under three names; the package of the server holds only this link and its service files.
    await symlink('redis-check-rdb', join(tree, 'usr', 'bin', 'redis-server'))
    const binary = await openDebianRedis(tree, 'debian-package')
    if (typeof binary === 'string') throw new EmbeddedError(binary)
    return tree
  })
}

async function downloadPackages(into: string, env: Environment): Promise<void> {
  const apt = await findTool('apt-get', env)
  const download = async (
    names: readonly string[],
    options: readonly string[],
  ): Promise<string | undefined> => {
    const args = [...aptOptions(), ...options, 'download', ...names]
    return (await runProgram(apt, args, { cwd: into, env: toolEnv(env), timeoutMs: APT_TIMEOUT_MS })).failure
  }
  const first = await download([SERVER_PACKAGE, ...(await libraries(env, []))], [])
  if (first === undefined) return

  // A fresh machine or a slim image has no package lists, or too old ones: fetch lists of our own.
  const lists = join(into, 'lists')
  const privately = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(into, 'cache')}`]
  await mkdir(join(lists, 'partial'), { recursive: true })
  const update = await runProgram(apt, [...aptOptions(), ...privately, 'update'], {
    env: toolEnv(env),
    timeoutMs: APT_TIMEOUT_MS,
  })
  const second =
    update.failure ?? (await download([SERVER_PACKAGE, ...(await libraries(env, privately))], privately))
  if (second === undefined) return
  throw new EmbeddedError(`apt-get download failed: ${second}\nPerhaps \`apt-get update\` as root helps.`)
}

/** As root, apt would hand downloads to a user of its own, who cannot write into our folder. */
function aptOptions(): readonly string[] {
  const account = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : []
  return ['-qq', '-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20', ...account]
}

/**
 * What the server is linked with, by the names of this release. Without libc6: a process has to use the one that
 * fits its loader.
 */
async function libraries(env: Environment, options: readonly string[]): Promise<readonly string[]> {
  const command = await findProgram('apt-cache', env['PATH'] ?? '')
  if (!command) return USUAL_LIBRARIES
  const { stdout } = await runProgram(command, [...options, 'depends', SERVER_PACKAGE], { env: toolEnv(env) })
  const names = [...stdout.matchAll(/^ +Depends: (lib[\w.+-]+)$/gm)].map((match) => match[1] ?? '')
  const needed = names.filter((name) => name !== 'libc6')
  return needed.length > 0 ? needed : USUAL_LIBRARIES
}

async function findTool(name: string, env: Environment): Promise<string> {
  const command = await findProgram(name, env['PATH'] ?? '')
  if (!command) throw new EmbeddedError(`there is no ${name} on PATH, so this is neither Debian nor Ubuntu`)
  return command
}

/** The caller's environment (it may name a proxy), with messages in English. */
function toolEnv(env: Environment): Environment {
  return { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' }
}
