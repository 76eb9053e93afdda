import { type Clock, type StoreFactory, StoreUnavailableError } from 'holdfast'
import type { EntryStore, Fill } from '../../src/entry/port.ts'

/** A rule of the protocol that a test breaks, to see that it would be noticed. */
export type Fault =
  | 'a fill needs no ticket'
  | 'a fill does not look at what it replaces'
  | 'a load does not wait for its ticket'
  | 'a delete leaves the ticket'
  | 'an expire leaves the ticket'
  | 'changes of entries are not told'
  | 'changes of marks are not told'
  | 'a lost connection is not told'

const TICKET_MS = 2_000

/** The ticket of a key; undefined if nobody has it. */
async function ticketOf(entries: EntryStore, key: string): Promise<string | undefined> {
  const [holder] = await entries.claimMany([key], ['nobody'], TICKET_MS)
  if (holder !== 'nobody') return holder
  await entries.release(key, 'nobody')
  return undefined
}

/** Deletes as one does who knows nothing of tickets, such as `redis-cli`. Whether there was an entry. */
export async function deleteByHand(entries: EntryStore, key: string): Promise<boolean> {
  const ticket = await ticketOf(entries, key)
  const removed = await entries.remove([key])
  if (ticket !== undefined) await entries.claimMany([key], [ticket], TICKET_MS)
  return removed > 0
}

/** One node's connection to a store, as a test can disturb it. */
export interface Link {
  readonly factory: StoreFactory
  cut(): void
  mend(): void
}

/**
 * Puts a network between a node and a memory store: requests and answers take random times, and keep their order on
 * each connection, as those of Redis do; a change is told to a node in the order of its answers. When the connection
 * is cut, nobody knows which of the unanswered requests were carried out.
 */
export function link(inner: StoreFactory, clock: Clock, random: () => number, fault?: Fault): Link {
  let isUp = true
  let connection = 0
  let sentUntilMs = 0
  let toldUntilMs = 0
  let listener: Parameters<StoreFactory>[0]['listener'] | undefined
  const unanswered = new Set<(error: Error) => void>()
  const delayMs = (): number => Math.floor(random() * 8)

  /** In order: not before what was sent, or told, earlier. */
  const send = (step: () => void): void => {
    sentUntilMs = Math.max(sentUntilMs, clock.now() + delayMs())
    clock.after(sentUntilMs - clock.now(), step)
  }
  const tell = (step: () => void): void => {
    if (!isUp) return
    const told = connection
    toldUntilMs = Math.max(toldUntilMs, clock.now() + delayMs())
    clock.after(toldUntilMs - clock.now(), () => told === connection && step())
  }

  const request = <Result>(carryOut: () => Promise<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (!isUp) {
        reject(new StoreUnavailableError('the connection is cut'))
        return
      }
      const sent = connection
      unanswered.add(reject)
      const answered = (settle: () => void) => (): void => {
        unanswered.delete(reject)
        settle()
      }
      send(() => {
        // What was on its way when the connection was cut may have arrived.
        if (sent !== connection && random() < 0.5) return
        carryOut().then(
          (result) => tell(answered(() => resolve(result))),
          (error: Error) => tell(answered(() => reject(error))),
        )
      })
    })

  return {
    factory: (context) => {
      listener = context.listener
      const { changed, ticketChanged } = listener
      const store = inner({
        ...context,
        listener: {
          changed: (key) => {
            if (
              fault ===
              (key.startsWith('~g:') ? 'changes of marks are not told' : 'changes of entries are not told')
            )
              return
            tell(() => changed(key))
          },
          ticketChanged: (key) => tell(() => ticketChanged(key)),
          lost: listener.lost,
          resumed: listener.resumed,
        },
      })
      const { entries } = store
      const echo = (key: string): void => {
        if (fault !== 'changes of entries are not told') tell(() => changed(key))
      }
      const filled = async (fill: Fill): Promise<boolean> => {
        const { key, ticket, value, keepMs } = fill
        const known = (await entries.read(key))?.split(' ')[1] ?? '-'
        const base = fault === 'a fill does not look at what it replaces' ? known : fill.base
        const [isFilled = false] = await entries.fillMany([{ ...fill, base }])
        if (!isFilled && fault === 'a fill needs no ticket') await entries.put(key, ticket, value, keepMs)
        // A script's changes are told to its own client, too.
        if (isFilled) echo(key)
        return isFilled || fault === 'a fill needs no ticket'
      }
      /** Does `work`, which takes tickets away, and puts them back. */
      const leavingTickets = async <Result>(
        broken: Fault,
        keys: readonly string[],
        work: () => Promise<Result>,
      ): Promise<Result> => {
        if (fault !== broken) return work()
        const held = await Promise.all(keys.map((key) => ticketOf(entries, key)))
        const result = await work()
        keys.forEach((key, index) => held[index] && void entries.claimMany([key], [held[index]], TICKET_MS))
        return result
      }
      const claimMany: EntryStore['claimMany'] = (...args) => {
        if (fault !== 'a load does not wait for its ticket') return request(() => entries.claimMany(...args))
        // Late enough for the look behind the claim to come before it.
        clock.after(12, () => void request(() => entries.claimMany(...args)).catch(() => undefined))
        return Promise.resolve([...args[1]])
      }
      return {
        ...store,
        entries: {
          offsetMs: (key) => entries.offsetMs(key),
          read: (key) => request(() => entries.read(key)),
          readMany: (keys) => request(() => entries.readMany(keys)),
          readBytes: (key) => request(() => entries.readBytes(key)),
          readManyBytes: (keys) => request(() => entries.readManyBytes(keys)),
          look: (key) => request(() => entries.look(key)),
          claimMany,
          extend: (...args) => request(() => entries.extend(...args)),
          fillMany: (fills) => request(() => Promise.all(fills.map(filled))),
          release: (...args) => request(() => entries.release(...args)),
          put: (...args) => request(() => entries.put(...args)),
          expire: (...args) =>
            request(() =>
              leavingTickets('an expire leaves the ticket', args[0], () => entries.expire(...args)),
            ),
          ensureMark: (...args) => request(() => entries.ensureMark(...args)),
          removeMarks: (...args) => request(() => entries.removeMarks(...args)),
          remove: (keys) =>
            request(() => leavingTickets('a delete leaves the ticket', keys, () => entries.remove(keys))),
        },
      }
    },
    cut() {
      if (!isUp) return
      isUp = false
      connection++
      if (fault !== 'a lost connection is not told') listener?.lost()
      for (const reject of unanswered) reject(new StoreUnavailableError('the connection was cut'))
      unanswered.clear()
    },
    mend() {
      if (isUp) return
      isUp = true
      listener?.resumed()
    },
  }
}
