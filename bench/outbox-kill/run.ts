/**
 * `npm run bench -- outbox-kill [changes]`: 100,000 committed changes while processes that write, relay and work are
 * killed in turn. Exit code 1 when one is untold, told twice, out of order, undone or done twice.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startServers } from '../servers.ts'
import { drill, faultsOf } from './drill.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs the drill. */
export async function runOutboxKill([changes = '100000']: readonly string[]): Promise<number> {
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`
  say(machine)
  const servers = await startServers(true, say)
  try {
    const report = await drill({
      databaseUrl: servers.urls.postgresUrl,
      redis: { url: servers.urls.redisUrl, namespace: 'drill' },
      changes: Number(changes),
      killEveryMs: 700,
      start(order) {
        const program = fileURLToPath(new URL('./node.js', import.meta.url))
        const child = spawn(process.execPath, [program, JSON.stringify(order)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const exited = once(child, 'exit')
        return {
          ready: once(child.stdout, 'data'),
          async kill() {
            child.kill('SIGKILL')
            await exited
          },
        }
      },
      onProgress: say,
    })
    const faults = faultsOf(report)
    say(JSON.stringify(report, null, 2))
    say(faults.length === 0 ? 'Nothing lost, nothing twice, all in order.' : `WRONG: ${faults.join(', ')}`)
    await mkdir('bench/results', { recursive: true })
    const written = { machine, command: `npm run bench -- outbox-kill ${changes}`, report, faults }
    await writeFile('bench/results/outbox-kill.json', `${JSON.stringify(written, null, 2)}\n`)
    return faults.length === 0 ? 0 : 1
  } finally {
    await servers.stop()
  }
}
