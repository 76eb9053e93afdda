/**
 * `npm run bench -- schedules [--seconds 600]`: three processes that fire 1 s ticks are killed one after the other, and
 * now and then all of them. Exit code 1 when a tick is fired twice, or is not made up for, or is, against its policy.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { startProgram } from '../processes.ts'
import { startServers } from '../servers.ts'
import { drill } from './drill.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const USAGE = 'schedules [--seconds 600]: a whole number of at least 10'

/** Runs the drill. */
export async function runSchedules(args: readonly string[]): Promise<number> {
  const [option = '--seconds', text = '600', ...others] = args
  const seconds = Number(text)
  if (option !== '--seconds' || others.length > 0 || !Number.isInteger(seconds) || seconds < 10) {
    say(USAGE)
    return 2
  }
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`
  say(machine)
  const servers = await startServers(true, say)
  try {
    const report = await drill({
      databaseUrl: servers.urls.postgresUrl,
      redis: { url: servers.urls.redisUrl, namespace: 'drill' },
      seconds,
      start: (order) => startProgram(new URL('./node.js', import.meta.url), order),
      onProgress: say,
    })
    const faults = Object.entries(report.faults).flatMap(([name, count]) =>
      count > 0 ? [`${name}: ${count}`] : [],
    )
    say(JSON.stringify(report, null, 2))
    say(
      faults.length === 0
        ? 'No tick twice, and missed ones as the policies say.'
        : `WRONG: ${faults.join(', ')}`,
    )
    await mkdir('bench/results', { recursive: true })
    const written = { machine, command: `npm run bench -- schedules --seconds ${seconds}`, report, faults }
    await writeFile('bench/results/schedules.json', `${JSON.stringify(written, null, 2)}\n`)
    return faults.length === 0 ? 0 : 1
  } finally {
    await servers.stop()
  }
}
