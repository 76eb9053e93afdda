import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type BareClient, BARE_CONFIGURATION, bareClient } from '../bare-client.ts'
import type { Work } from '../measure.ts'
import type { Comparison } from '../row.ts'
import type { Side } from './rivalry.ts'

/** Runs one script. */
export type RunScript = (keys: string[], args: string[]) => Promise<unknown>

/** What the side by hand is called. */
export const BY_HAND = 'the same scripts called by hand'

/** The library's own scripts, one or two, called by hand. Paths are relative to the root of the repository. */
export function byHand(
  url: string,
  paths: readonly [string] | readonly [string, string],
  workOn: (first: RunScript, last: RunScript) => Work,
): Side {
  return {
    name: BY_HAND,
    configuration: `${BARE_CONFIGURATION}, EVALSHA`,
    async open() {
      const client = await bareClient(url)
      const first = await load(client, paths[0])
      const last = paths[1] === undefined ? first : await load(client, paths[1])
      return { work: workOn(first, last), close: () => client.destroy() }
    },
  }
}

async function load(client: BareClient, path: string): Promise<RunScript> {
  const source = readFileSync(path, 'utf8')
  await client.scriptLoad(source)
  const sha = createHash('sha1').update(source).digest('hex')
  return (keys, args) => client.evalSha(sha, { keys, arguments: args })
}

/** Commands that were counted by MONITOR. */
export function roundTrips(part: string, commands: readonly string[], atMost: number): Comparison {
  return {
    part,
    value: commands.length,
    unit: 'round trips',
    against: `at most ${atMost}`,
    target: { atMost },
    note: commands.join(' '),
  }
}
