import { StoreRefusedError } from '../core/errors.ts'
import { type Argument, loadScript, type RedisCommands } from '../redis/commands.ts'
import { formatEntry, formatTail } from './entry.ts'
import type { EntryKeys } from './keys.ts'
import type { EntryStore, Fill } from './port.ts'
import { ReadBatch } from './read-batch.ts'

const FILL = loadScript(new URL('./fill.lua', import.meta.url))
const EXPIRE = loadScript(new URL('./expire.lua', import.meta.url))
const RELEASE = loadScript(new URL('./release.lua', import.meta.url))
/** Values of one run of the script, and their length: a longer run would keep the server from others for too long. */
const MOST_FILLS = 50
const MOST_FILLED = 100_000

/**
 * Entries as Redis strings.
 *
 * What a script changes, Redis reports to the script's own client too (the NOLOOP of client tracking does not see who
 * called it), and an L1 would forget what it has just been given. So a put is a transaction of plain commands, a
 * claim and an extension are plain commands, and only fills, which must decide, are a script.
 */
export function redisEntries(redis: RedisCommands, keys: EntryKeys): EntryStore {
  const one =
    <Raw>(strings: 'text' | 'bytes') =>
    (key: string): Promise<Raw | null> =>
      redis.send('read', ['GET', keys.entry(key)], strings)
  // Where no command may name keys of several slots, each has its own; they leave in one write to each server.
  const many =
    <Raw>(strings: 'text' | 'bytes') =>
    (each: readonly string[]): Promise<(Raw | null)[]> =>
      redis.spansSlots
        ? Promise.all(each.map(one<Raw>(strings)))
        : redis.send('readMany', ['MGET', ...each.map(keys.entry)], strings)
  const reader = <Raw>(strings: 'text' | 'bytes'): ((key: string) => Promise<Raw | null>) => {
    // Reads that share a command share its failure: not those of several servers.
    if (redis.spansSlots) return one<Raw>(strings)
    const batch = new ReadBatch<Raw>(async (each) => {
      const [key] = each
      if (each.length > 1 || key === undefined) return many<Raw>(strings)(each)
      return [await one<Raw>(strings)(key)]
    })
    return (key) => batch.read(key)
  }
  // The tickets first: no load from before can store any more when the entries go. Not as a transaction: a server
  // that is full refuses to queue anything, DEL included.
  const remove = async (each: readonly string[]): Promise<number> => {
    const [, count] = await Promise.all([
      redis.send('remove', ['DEL', ...each.map(keys.ticket)]),
      redis.send<number>('remove', ['DEL', ...each.map(keys.entry)]),
    ])
    return count
  }
  const claim = (key: string, ticket: string, leaseMs: string): string[] => {
    return ['SET', keys.ticket(key), ticket, 'NX', 'GET', 'PX', leaseMs]
  }
  const fillMany = async (fills: readonly Fill[]): Promise<boolean[]> => {
    const runs = inRuns(fills, redis.spansSlots ? 1 : MOST_FILLS).map((some) => {
      const names: string[] = []
      const args: Argument[] = []
      for (const { key, ticket, base, value, ageMs, keepMs } of some) {
        names.push(keys.entry(key), keys.ticket(key))
        args.push(ticket, base, String(Math.ceil(ageMs)), String(keepMs), formatTail(value))
      }
      return redis.run<number[]>(FILL, names, args)
    })
    return (await Promise.all(runs)).flatMap((stored) => stored.map((one) => one === 1))
  }
  return {
    offsetMs: (key) => redis.serverOffsetMs(keys.entry(key)),
    read: reader<string>('text'),
    readMany: many<string>('text'),
    // Those of one turn that need bytes are a command of their own, in the same write.
    readBytes: reader<Buffer>('bytes'),
    readManyBytes: many<Buffer>('bytes'),

    async look(key) {
      const [forMs, bytes, ticketForMs] = await Promise.all([
        redis.send<number>('look', ['PTTL', keys.entry(key)]),
        redis.send<number | null>('look', ['MEMORY', 'USAGE', keys.entry(key)]).catch(nullIfRefused),
        redis.send<number>('look', ['PTTL', keys.ticket(key)]),
      ])
      return {
        entry: forMs === -2 ? null : { forMs: forMs < 0 ? null : forMs, bytes },
        ticketForMs: ticketForMs < 0 ? null : ticketForMs,
      }
    },

    async claimMany(each, tickets, leaseMs) {
      const lease = String(leaseMs)
      const commands = each.map((key, index) => claim(key, tickets[index] as string, lease))
      const holders = await redis.pipeline<string | null>('claim', commands)
      return holders.map((holder, index) => holder ?? (tickets[index] as string))
    },

    async extend(key, leaseMs) {
      await redis.send('extend', ['PEXPIRE', keys.ticket(key), String(leaseMs)])
    },

    fillMany,

    async release(key, ticket) {
      await redis.run<number>(RELEASE, [keys.ticket(key)], [ticket])
    },

    async put(key, token, value, keepMs) {
      // The birth is by this process's reading of the server's clock. When that clock has just been set, readers
      // see an age that is far off or below zero, and take neither for fresh.
      const entry = formatEntry(token, redis.serverNow(keys.entry(key)), value)
      await redis.transaction('put', [
        ['SET', keys.entry(key), entry, 'PX', String(keepMs)],
        ['DEL', keys.ticket(key)],
      ])
    },

    async expire(each, token) {
      const expired = await Promise.all(
        each.map((key) => redis.run<number>(EXPIRE, [keys.entry(key), keys.ticket(key)], [token])),
      )
      return expired.reduce((sum, one) => sum + one, 0)
    },

    async ensureMark(key, mark, keepMs) {
      const args = ['SET', keys.entry(key), mark, 'NX', 'GET', ...expiry(keepMs)]
      return (await redis.send<string | null>('ensureMark', args)) ?? mark
    },

    async removeMarks(each) {
      const removals = redis.spansSlots ? each.map((key) => [key]) : [each]
      await Promise.all(removals.map((some) => redis.send('removeMarks', ['DEL', ...some.map(keys.entry)])))
    },

    async remove(each) {
      if (!redis.spansSlots) return remove(each)
      const counts = await Promise.all(each.map((key) => remove([key])))
      return counts.reduce((sum, one) => sum + one, 0)
    },
  }
}

/** In their order; none with more than `most`, nor, where there are several, with many bytes. */
function inRuns(fills: readonly Fill[], most: number): Fill[][] {
  const runs: Fill[][] = []
  let run: Fill[] = []
  let length = 0
  for (const fill of fills) {
    const { payload } = fill.value
    if (run.length === most || (run.length > 0 && length + payload.length > MOST_FILLED)) {
      runs.push(run)
      run = []
      length = 0
    }
    run.push(fill)
    length += payload.length
  }
  return run.length > 0 ? [...runs, run] : runs
}

/** Servers may keep it from some of their users. */
function nullIfRefused(error: unknown): null {
  if (error instanceof StoreRefusedError) return null
  throw error
}

function expiry(keepMs: number | undefined): string[] {
  return keepMs === undefined ? [] : ['PX', String(keepMs)]
}
