import { systemClock, type Clock } from '../../core/clock.ts'
import { EmbeddedError } from '../../core/errors.ts'
import { cacheDirectory, type Environment } from '../cache-directory.ts'
import { tryRedis, type RedisBinary } from './binary.ts'
import { debianRedisFolder, fetchDebianRedis, openDebianRedis } from './debian-package.ts'
import { findProgram } from './search-path.ts'

/** Where to look for a Redis server. */
export interface FindRedisOptions {
  /** PATH, HOME and XDG_CACHE_HOME are used; apt gets all of it. Default: the environment of this process. */
  readonly env?: Environment
  /** Where a fetched server is kept. Default: `$XDG_CACHE_HOME/holdfast`, or `~/.cache/holdfast`. */
  readonly cacheDir?: string
  /** Whether Debian packages may be downloaded (about 4 MB). Default: yes. */
  readonly allowDownload?: boolean
  /** Called with lines for the operator about what takes time or is unusual. */
  readonly onProgress?: (line: string) => void
  readonly clock?: Clock
}

const NAMES = ['redis-server', 'valkey-server']

/**
 * Finds a Redis or Valkey server of version 6 or later that runs here: on PATH, else in the cache, else fetched from
 * the packages of Debian or Ubuntu into the cache. Nothing is installed.
 *
 * @throws EmbeddedError that says what was tried, and the ways to get one.
 */
export async function findRedis(options: FindRedisOptions = {}): Promise<RedisBinary> {
  const { env = process.env, allowDownload = true, onProgress = () => {}, clock = systemClock } = options
  const problems: string[] = []

  for (const name of NAMES) {
    const command = await findProgram(name, env['PATH'] ?? '')
    const binary = command ? await tryRedis({ command, env: {}, how: 'path' }) : `there is no ${name} on PATH`
    if (typeof binary !== 'string') return binary
    problems.push(binary)
  }

  const folder = await debianRedisFolder(options.cacheDir ?? cacheDirectory(env))
  const cached = await openDebianRedis(folder, 'cache')
  if (typeof cached !== 'string') return cached
  problems.push(cached)

  if (!allowDownload) throw notFound([...problems, 'downloading is not allowed'])
  try {
    onProgress(`no Redis server on this machine: fetching the Debian package into ${folder}`)
    await fetchDebianRedis(clock, folder, env)
  } catch (error) {
    throw notFound([...problems, error instanceof Error ? error.message : String(error)])
  }
  const fetched = await openDebianRedis(folder, 'debian-package')
  if (typeof fetched === 'string') throw notFound([...problems, fetched])
  return fetched
}

function notFound(problems: readonly string[]): EmbeddedError {
  return new EmbeddedError(
    `No Redis server was found:\n${problems.map((problem) => `  - ${problem}`).join('\n')}\n` +
      'Do one of these:\n' +
      '  - set REDIS_URL to a server that runs\n' +
      '  - macOS: brew install redis\n' +
      '  - Debian, Ubuntu: apt-get install redis-server\n' +
      '  - Docker: docker run -p 6379:6379 redis:7, and REDIS_URL=redis://127.0.0.1:6379',
  )
}
