import { type Clock, type StoreFactory, StoreUnavailableError } from 'holdfast'
import type { EntryStore } from '../../src/entry/port.ts'

/** A rule of the protocol that a test breaks, to see that it would be noticed. */
export type Fault =
  | 'a fill needs no ticket'
  | 'a fill does not look at what it replaces'
  | 'changes of entries are not told'
  | 'changes of marks are not told'
  | 'a lost connection is not told'

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
      const fill: EntryStore['fill'] = async (key, ticket, base, value, ageMs, keepMs) => {
        const known = (await entries.read(key))?.split(' ')[1] ?? '-'
        const isFilled = await entries.fill(
          key,
          ticket,
          fault === 'a fill does not look at what it replaces' ? known : base,
          value,
          ageMs,
          keepMs,
        )
        if (!isFilled && fault === 'a fill needs no ticket') await entries.put(key, ticket, value, keepMs)
        // A script's changes are told to its own client, too.
        if (isFilled) echo(key)
        return isFilled || fault === 'a fill needs no ticket'
      }
      return {
        ...store,
        entries: {
          offsetMs: () => entries.offsetMs(),
          read: (key) => request(() => entries.read(key)),
          readMany: (keys) => request(() => entries.readMany(keys)),
          claim: (...args) => request(() => entries.claim(...args)),
          fill: (...args) => request(() => fill(...args)),
          release: (...args) => request(() => entries.release(...args)),
          put: (...args) => request(() => entries.put(...args)),
          expire: (...args) => request(() => entries.expire(...args)),
          ensureMark: (...args) => request(() => entries.ensureMark(...args)),
          putMark: (...args) => request(() => entries.putMark(...args)),
          remove: (...args) => request(() => entries.remove(...args)),
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
