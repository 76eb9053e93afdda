import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Servers } from './servers.ts'

const PACKAGES = [
  '@redis/client',
  'pg',
  'layered-loader',
  'bentocache',
  'cacheable',
  'cache-manager',
  'lru-cache',
  'ioredis',
  'ioredis-6',
  'rate-limiter-flexible',
  '@verrou/core',
]

/** What a figure was measured on and with. */
export function versions({ redisVersion, postgresVersion }: Servers): {
  machine: string
  versions: Record<string, string>
} {
  const memory = Math.round(totalmem() / 2 ** 30)
  return {
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${memory} GiB`,
    versions: {
      holdfast: versionIn('package.json'),
      Node: process.versions.node,
      Redis: redisVersion,
      ...(postgresVersion !== undefined && { PostgreSQL: postgresVersion }),
      ...Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    },
  }
}

/** From where it is installed: some packages do not export their package.json. */
function versionOf(name: string): string {
  try {
    return versionIn(join('node_modules', name, 'package.json'))
  } catch {
    return 'not installed'
  }
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}
