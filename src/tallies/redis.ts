import { type Clock, every } from '../core/clock.ts'
import { loadScript, type RedisCommands } from '../redis/commands.ts'
import { type TallyStore, WRITER_KEPT_MS } from './port.ts'

const REPORT = loadScript(new URL('./report.lua', import.meta.url))

// A pattern's literals cannot hold `~`, so no other key begins like this.
const TALLY = '~c:'
/** What a process counted in its last second goes with it when it is killed. */
const REPORT_EVERY_MS = 1_000
/** After the last report of all: for a keyspace that nobody declares any more. */
const TALLY_KEPT_MS = 30 * 86_400_000

/** Tallies as Redis hashes, one for each keyspace. `namespace` goes in front of every key. */
export function redisTallies(redis: RedisCommands, namespace: string, clock: Clock): TallyStore {
  const name = (keyspace: string): string => `${namespace}${TALLY}${keyspace}`
  return {
    async report(keyspace, writer, { counts, refreshAgeMs, failureAgeMs }) {
      const ages = [refreshAgeMs, failureAgeMs].map((ageMs) =>
        ageMs === undefined ? '' : String(Math.round(ageMs)),
      )
      const pairs = Object.entries(counts).flatMap(([count, value]) => [count, String(value)])
      const args = [writer, String(WRITER_KEPT_MS), String(TALLY_KEPT_MS), ...ages, ...pairs]
      return (await redis.run<number>(REPORT, [name(keyspace)], args)) === 1
    },

    read: (keyspaces) =>
      Promise.all(
        keyspaces.map(async (keyspace) => {
          const fields = await redis.send<Readonly<Record<string, string>>>('readTally', [
            'HGETALL',
            name(keyspace),
          ])
          const { since, refreshed, failed, ...others } = fields
          const counts = Object.entries(others).filter(([field]) => !field.startsWith('w:'))
          return {
            counts: Object.fromEntries(counts.map(([count, value]) => [count, Number(value)])),
            sinceMs: since === undefined ? null : Number(since),
            refreshedMs: refreshed === undefined ? null : Number(refreshed),
            failedMs: failed === undefined ? null : Number(failed),
          }
        }),
      ),

    wheneverWanted: (report) => every(clock, REPORT_EVERY_MS, report),
  }
}
