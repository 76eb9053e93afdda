import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Where this user's downloads live: `$XDG_CACHE_HOME/holdfast`, or `~/.cache/holdfast`. */
export function cacheDirectory(env: Environment): string {
  const declared = env['XDG_CACHE_HOME']
  // The XDG base directory specification: a relative path is to be ignored.
  const base = declared && isAbsolute(declared) ? declared : join(env['HOME'] || homedir(), '.cache')
  return join(base, 'holdfast')
}
