/**
 * `npm run bench -- outbox-kill [changes] [minutes]`: 100,000 committed changes while processes that write, relay and
 * work are killed in turn, 120 times. Exit code 1 when one is untold, told twice, out of order, undone or done twice, or
 * when so many were not committed in the minutes that there are, 30 by default.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { startProgram } from '../processes.ts'
import { startServers } from '../servers.ts'
import { drill, faultsOf } from './drill.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Runs the drill. */
export async function runOutboxKill([
  changes = '100000',
  minutes = '30',
]: readonly string[]): Promise<number> {
  if (!(Number(changes) >= 1 && Number(minutes) > 0)) {
    say('outbox-kill [changes] [minutes]: both are numbers above 0')
    return 2
  }
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`
  say(machine)
  const servers = await startServers(true, say)
  try {
    const report = await drill({
      databaseUrl: servers.urls.postgresUrl,
      redis: { url: servers.urls.redisUrl, namespace: 'drill' },
      changes: Number(changes),
      kills: 120,
      longestMs: Number(minutes) * 60_000,
      start: (order) => startProgram(new URL('./node.js', import.meta.url), order),
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
