/** `npm run bench -- races`: races A and B. Exit code 1 when Holdfast leaves anything stale. */
import { holdfast } from './libraries/holdfast.ts'
import { LIBRARIES } from './libraries.ts'
import type { Library, Topology, Where } from './port.ts'
import { type Race, runRace } from './races.ts'
import { startServers } from './servers.ts'
import { surviveStrayErrors } from './stray-errors.ts'

const TRIALS = 3_000
const RUNS = 3
const TRIALS_OF_RIVALS = 1_000
const RACES: readonly Race[] = ['A', 'B']

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** A race of one library in one place: Holdfast three times with 3,000 trials, everybody else once with 1,000. */
export interface RaceLine {
  readonly race: Race
  readonly library: string
  readonly topology: Topology
  readonly trials: number
  /** Of each run, how many keys were left stale for ever. */
  readonly stale: readonly number[]
}

/** Both races of everybody who has loaders and keeps the memories of several nodes together. */
export async function raceAll(): Promise<RaceLine[]> {
  surviveStrayErrors()
  const lines: RaceLine[] = []
  for (const topology of ['standalone', 'cluster'] as const) {
    const racers = LIBRARIES.filter((library) => takesPart(library, topology))
    if (racers.length === 0) continue
    const servers = await startServers(topology)
    try {
      for (const library of racers) {
        for (const race of RACES) {
          const line = await raceOne(race, library, servers.where)
          say(`race ${race}  ${`${library.name}, ${topology}`.padEnd(28)}${staleText(line)}`)
          lines.push(line)
        }
      }
    } finally {
      await servers.stop()
    }
  }
  return lines
}

/** The exit code. */
export async function runRaces(): Promise<number> {
  return isClean(await raceAll()) ? 0 : 1
}

/** Whether Holdfast left nothing stale. */
export function isClean(lines: readonly RaceLine[]): boolean {
  return lines.every(({ library, stale }) => library !== holdfast.name || stale.every((count) => count === 0))
}

/** As printed. */
export function staleText({ stale, trials }: RaceLine): string {
  return `stale for ever: ${stale.map((count) => `${count} of ${trials}`).join(', ')}`
}

/** On a Cluster, only we are of interest. */
function takesPart(library: Library, topology: Topology): boolean {
  if (!library.topologies.includes(topology)) return false
  if (topology === 'cluster' && library !== holdfast) return false
  return library.lacks.loader === undefined && library.lacks['several nodes'] === undefined
}

async function raceOne(race: Race, library: Library, where: Where): Promise<RaceLine> {
  const isOurs = library === holdfast
  const trials = isOurs ? TRIALS : TRIALS_OF_RIVALS
  const stale: number[] = []
  for (let run = 0; run < (isOurs ? RUNS : 1); run++)
    stale.push((await runRace(race, library, where, trials)).stale)
  return { race, library: library.name, topology: where.topology, trials, stale }
}
