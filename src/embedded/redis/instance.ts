import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmbeddedError } from '../../core/errors.ts'
import { commandLine, identify, type ProcessIdentity } from '../process-identity.ts'

/** What tells one private Redis from another, and opens it. */
export interface RedisInstance {
  readonly dir: string
  readonly port: number
  /** Empty: none is asked for. */
  readonly password: string
}

/** Directives that `writeInstance` sets itself. */
const OURS_TO_SET = ['bind', 'port', 'dir', 'requirepass', 'pidfile', 'logfile', 'daemonize', 'include']

/** @throws EmbeddedError naming what cannot be chosen, or would reach the server as something else. */
export function assertRedisSettings(password: string, config: Readonly<Record<string, string>>): void {
  if (!/^[\w-]*$/.test(password)) {
    throw new EmbeddedError('the option password may hold letters, digits, - and _ only.')
  }
  for (const [name, value] of Object.entries(config)) {
    if (OURS_TO_SET.includes(name.toLowerCase())) {
      throw new EmbeddedError(`config.${name} cannot be chosen: use the options port, password and dir.`)
    }
    if (/[\r\n]/.test(name + value)) throw new EmbeddedError(`config.${name} must be a single line.`)
  }
}

/** Writes `redis.conf` and, for a later process that finds the server still running, `instance.json`. */
export async function writeInstance(
  instance: RedisInstance,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const { dir, port, password } = instance
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${quoted(dir)}`,
    `pidfile ${quoted(pidFile(dir))}`,
    ...(password ? [`requirepass ${password}`] : []),
    ...Object.entries(config).map(([name, value]) => `${name} ${value === '' ? '""' : value}`),
  ]
  await writePrivately(instanceFile(dir), JSON.stringify({ port, password }))
  await writePrivately(configFile(dir), `${lines.join('\n')}\n`)
}

/** The configuration file in the folder. */
export function configFile(dir: string): string {
  return join(dir, 'redis.conf')
}

/** The log file in the folder. */
export function logFile(dir: string): string {
  return join(dir, 'server.log')
}

/** The server on this folder that outlived the process which started it, ready or not. */
export async function findInstance(
  dir: string,
): Promise<{ instance: RedisInstance; identity: ProcessIdentity } | undefined> {
  const noted = await readFile(instanceFile(dir), 'utf8').catch(() => '')
  const pid = Number(await readFile(pidFile(dir), 'utf8').catch(() => ''))
  const instance = parseInstance(dir, noted)
  const identity = await identify(pid)
  if (!instance || !identity) return undefined
  // Redis rewrites its command line to `<program> 127.0.0.1:<port>` once it has read its configuration.
  const command = (await commandLine(pid)) ?? ''
  const isOurs =
    /(redis|valkey)-server/.test(command) &&
    (command.includes(`:${instance.port}`) || command.includes(configFile(dir)))
  return isOurs ? { instance, identity } : undefined
}

function parseInstance(dir: string, text: string): RedisInstance | undefined {
  try {
    const { port, password } = JSON.parse(text) as Partial<RedisInstance>
    return typeof port === 'number' && typeof password === 'string' ? { dir, port, password } : undefined
  } catch {
    // Torn by a kill: the server was not spawned yet.
    return undefined
  }
}

async function writePrivately(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
}

function instanceFile(dir: string): string {
  return join(dir, 'instance.json')
}

function pidFile(dir: string): string {
  return join(dir, 'redis.pid')
}

/** Redis reads a quoted argument with the escapes of C. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
