/**
 * The store and the truth of a worker, with the points of the protocol in between, and with a network that is late: a
 * fence that arrives after its answer was given up, a settlement and a fill that arrive long after they were sent. The
 * protocol must bear all of it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Store, StoreTimeoutError, type StoreFactory, type Truth } from 'holdfast'
import type { Point, Points } from './points.ts'

/** The fences of one epoch. */
export type Fences = ReturnType<Store['fences']['within']>

/** How late a network is. */
export interface Lateness {
  /** Of settlements and fills, how many are late. */
  readonly share: number
  readonly mostMs: number
  /** Of fences, how many arrive only after their sender gave up. */
  readonly lostFences: number
}

/** One rule of the protocol, broken. */
export type BreakFences = (fences: Fences) => Partial<Fences>

/** The store of `factory`. */
export function watchedStore(
  factory: StoreFactory,
  points: Points,
  late: Lateness,
  breakFences: BreakFences = () => ({}),
): StoreFactory {
  const maybeLate = async (): Promise<void> => {
    if (Math.random() < late.share) await wait(Math.random() * late.mostMs)
  }
  return (context) => {
    const store = factory(context)
    const within = (place: Fences['place']): Fences => {
      const inner = store.fences.within(place)
      // What is broken is between the protocol and the network.
      const network: Fences = {
        ...inner,
        async read(key) {
          const read = inner.read(key)
          await points.reach('read: sent')
          return read
        },
        async lease(keys, lease, leaseMs) {
          await points.reach('read: before its lease')
          const granted = await inner.lease(keys, lease, leaseMs)
          await points.reach('read: leased')
          return granted
        },
        async fill(key, lease, value, keepMs) {
          await maybeLate()
          const filling = inner.fill(key, lease, value, keepMs)
          await points.reach('read: fill sent')
          const filled = await filling
          await points.reach('read: filled')
          return filled
        },
        async fence(keys, token) {
          await points.reach('write: before its fences')
          if (Math.random() < late.lostFences) {
            void wait(Math.random() * late.mostMs * 4).then(() =>
              inner.fence(keys, token).catch(() => undefined),
            )
            throw new StoreTimeoutError('fence', late.mostMs)
          }
          const fenced = inner.fence(keys, token)
          await points.reach('write: fences sent')
          await fenced
          await points.reach('write: fences up')
        },
        async settle(keys, token, values) {
          await maybeLate()
          if (values) await points.reach('write: before SETTLE')
          const settling = inner.settle(keys, token, values)
          if (values) await points.reach('write: SETTLE sent')
          const settled = await settling
          if (!values) await points.reach('heal: fence down')
          return settled
        },
        async mark() {
          await inner.mark()
          await points.reach('gate: marked')
        },
      }
      return { ...network, ...breakFences(network) }
    }
    return { ...store, fences: { ...store.fences, within } }
  }
}

/** What the truth is asked, and what of the gate is about to move by that. */
export const MOVES: RegExp = /^UPDATE .*SET state = E'(closing|closed|opening|open)'/s

/** The truth `inner`. `writing` holds the sessions of writes; `beforeCommit` runs after the body. */
export function watchedTruth<Session extends object>(
  inner: Truth<Session>,
  points: Points,
  writing: WeakSet<Session>,
  beforeCommit: () => Promise<void> = async () => undefined,
): Truth<Session> {
  return {
    ...inner,
    async transaction(body, options) {
      if (options?.readOnly) return inner.transaction(body, options)
      await points.reach('write: before BEGIN')
      const result = await inner.transaction(async (tx) => {
        writing.add(tx)
        const value = await body(tx).finally(() => writing.delete(tx))
        await beforeCommit()
        await points.reach('write: before COMMIT')
        // After this turn: the COMMIT has been sent by then.
        setImmediate(() => void points.reach('write: COMMIT sent'))
        return value
      }, options)
      await points.reach('write: committed')
      return result
    },
    async query(session, statement, parameters) {
      const move = MOVES.exec(statement)?.[1]
      if (move) await points.reach(`gate: before ${move}` as Point)
      const isStatus = /^SELECT pg_xact_status\(.* AS s0/.test(statement)
      if (isStatus) await points.reach('heal: fence seen')
      const rows = await inner.query(session, statement, parameters)
      if (move && rows.length > 0) await points.reach(`gate: ${move}` as Point)
      if (statement.includes('oldest_running')) await points.reach('gate: polled')
      if (isStatus) await points.reach('heal: status known')
      return rows
    },
  }
}
