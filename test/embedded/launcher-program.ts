/**
 * Another process that starts a server or locks a folder. Takes its order as JSON, prints one line of JSON when it is
 * done, and then waits (or exits by itself, without stopping anything). Reports SIGINT instead of obeying it.
 */
import { lockDirectory, startPostgres, startRedis } from '../../src/embedded/index.ts'
import type { LauncherOrder } from './launcher.ts'

const order = JSON.parse(process.argv[2] ?? '') as LauncherOrder

process.on('SIGINT', () => process.stdout.write('"interrupted"\n'))

process.stdout.write(`${JSON.stringify(await obey())}\n`)
if (order.afterwards === 'exit') process.exit(0)
process.stdin.resume()

async function obey(): Promise<object> {
  if ('postgres' in order) return await startPostgres(order.postgres)
  if ('redis' in order) return await startRedis(order.redis)
  return await lockDirectory(order.lock)
}
