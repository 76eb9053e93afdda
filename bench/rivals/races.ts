import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { quiescence, within } from './deadline.ts'
import { withNodes } from './nodes.ts'
import type { Library, RivalCache, Source, Where } from './port.ts'
import { RowsOfTruth, versionIn } from './rows-of-truth.ts'

/**
 * Race A: a node writes (`set`, or a change of the row and `delete`) while another, whose memory is cold, reads: what
 * Redis still has in half of the trials, what it has to load in the others.
 * Race B: a node changes the row and deletes the key while another is loading it.
 */
export type Race = 'A' | 'B'

/** How often, after everything had come to rest, a node still answered with what was there before the write. */
export interface RaceResult {
  readonly race: Race
  readonly trials: number
  readonly stale: number
}

/** Trials under way at a time: enough to keep answers and messages coming in together. */
const AT_ONCE = 50
const LONGEST_MS = 3
const MOST_TURNS = 4
const LIMIT_MS = 120_000

/** Runs a race on two nodes, each trial with a key of its own. */
export async function runRace(
  race: Race,
  library: Library,
  where: Where,
  trials: number,
): Promise<RaceResult> {
  const rows = new RowsOfTruth()
  const load = async (key: string): Promise<unknown> => {
    const row = await rows.load(key)
    await jitter()
    return row
  }
  const source: Source = { load, loadMany: (keys) => Promise.all(keys.map(load)) }
  return withNodes(library, { where, source }, async (nodes) => {
    const [writer, reader] = await nodes.openSeveral(2)
    if (!writer || !reader) throw new Error('There are no nodes')
    const keys = Array.from({ length: trials }, (_, index) => `race-${index}`)
    let next = 0
    const lane = async (): Promise<void> => {
      for (let index = next++; index < trials; index = next++) {
        const key = keys[index] ?? ''
        await (race === 'A' ? writeAgainstRead : deleteAgainstLoad)(rows, writer, reader, key, index)
      }
    }
    const lanes = Promise.all(Array.from({ length: AT_ONCE }, lane))
    await within(`race ${race} of ${library.name}`, lanes, LIMIT_MS)
    await quiescence()
    return { race, trials, stale: await countStale(keys, [writer, reader]) }
  })
}

async function countStale(keys: readonly string[], nodes: readonly RivalCache[]): Promise<number> {
  let stale = 0
  for (let start = 0; start < keys.length; start += AT_ONCE) {
    const isStale = async (key: string): Promise<boolean> => {
      const found = await Promise.all(nodes.map((node) => node.get(key)))
      return found.some((value) => versionIn(value) !== 2)
    }
    const some = keys.slice(start, start + AT_ONCE)
    const verdicts = await within('the reads', Promise.all(some.map(isStale)))
    stale += verdicts.filter(Boolean).length
  }
  return stale
}

async function writeAgainstRead(
  rows: RowsOfTruth,
  writer: RivalCache,
  reader: RivalCache,
  key: string,
  index: number,
): Promise<void> {
  const old = rows.write(key, 1)
  if (index % 4 < 2) await writer.set(key, old)
  const write = async (): Promise<void> => {
    await jitter()
    const row = rows.write(key, 2)
    if (index % 2 === 0) await writer.set(key, row)
    else await writer.delete(key)
  }
  const read = async (): Promise<unknown> => {
    await jitter()
    return reader.get(key)
  }
  await Promise.all([write(), read()])
}

async function deleteAgainstLoad(
  rows: RowsOfTruth,
  writer: RivalCache,
  reader: RivalCache,
  key: string,
): Promise<void> {
  rows.write(key, 1)
  const write = async (): Promise<void> => {
    await jitter()
    rows.write(key, 2)
    await writer.delete(key)
  }
  await Promise.all([reader.get(key), write()])
}

/** A moment of no certain length. */
async function jitter(): Promise<void> {
  const ms = Math.floor(Math.random() * (LONGEST_MS + 1))
  if (ms > 0) await sleep(ms)
  for (let turns = Math.floor(Math.random() * (MOST_TURNS + 1)); turns > 0; turns--) await turn()
}
