import type { Clock } from '../core/clock.ts'
import { groupBy } from '../core/group-by.ts'
import { signals } from '../core/signals.ts'
import { sqlText, type Truth } from '../truth.ts'
import { Lane } from './lane.ts'
import type { OutboxMessage, Outlet } from './message.ts'
import type { OutboxStore } from './port.ts'
import { Relay } from './relay.ts'
import { LaneRows } from './rows.ts'
import { insertStatement, type OutboxTables, prepareOutboxTables } from './table.ts'

/** What an outbox stands on. */
export interface OutboxParts<Session> {
  readonly state: string
  readonly namespace: string
  readonly clock: Clock
  readonly truth: Truth<Session>
  readonly store: OutboxStore
  readonly outlets: readonly Outlet[]
  readonly isRelay: boolean
  readonly leaseMs: number
  readonly retainMs: number | undefined
}

/** How the outbox is, as its table says. */
export interface OutboxView {
  /** Whether this process is the one that relays. */
  readonly isActive: boolean
  /** Messages that wait; counted up to 10,000. */
  readonly waiting: number
  /** How long the oldest of them waits. */
  readonly oldestMs: number
  /** Messages that their destination refused for good. They stay in the table, with the reason. */
  readonly refused: number
  /** Of the process that relays: why nothing could be handed on of late. Null when it could, and elsewhere. */
  readonly problem: string | null
}

const MOST_COUNTED = 10_000

/** The outbox of one state: what writes leave in it, and the relay. */
export class Outbox<Session> {
  readonly #parts: OutboxParts<Session>
  #tables: OutboxTables | undefined
  #relay: Relay<Session> | undefined
  #isRinging = false
  #isToRing = false

  constructor(parts: OutboxParts<Session>) {
    this.#parts = parts
  }

  /** Makes the tables, and begins to relay. Fails as the truth does. */
  async start(): Promise<void> {
    const { state, namespace, clock, truth, store, outlets, isRelay, leaseMs, retainMs } = this.#parts
    const tables = await prepareOutboxTables(truth)
    this.#tables = tables
    if (!isRelay) return
    const lanes = [...groupBy(outlets, ({ kind }) => kind)].map(([kind, ofKind]) => {
      const names = ofKind.map(({ name }) => name)
      const rows = new LaneRows(truth, tables, namespace, kind, names)
      return new Lane(kind, rows, ofKind, store, clock, retainMs !== undefined)
    })
    this.#relay = new Relay({ state, namespace, clock, truth, tables, lanes, leaseMs, retainMs })
    this.#relay.start()
  }

  /** Finishes what is under way. */
  async stop(): Promise<void> {
    await this.#relay?.stop()
  }

  /** What leaves `messages` in the outbox, as the last statement of a transaction. */
  statement(messages: readonly OutboxMessage[]): string {
    return insertStatement(
      this.#tables ?? { outbox: 'holdfast_outbox', relay: '' },
      this.#parts.namespace,
      messages,
    )
  }

  /** A transaction that left messages has committed. Whoever relays is told; without it, it looks in a moment anyway. */
  committed(): void {
    this.#relay?.wake()
    if (this.#relay?.isActive) return
    this.#isToRing = true
    if (!this.#isRinging) void this.#ring()
  }

  /** Another process has left something. */
  changed(): void {
    this.#relay?.wake()
  }

  /** How it is. Fails as the truth does. */
  async view(): Promise<OutboxView> {
    const { truth, namespace } = this.#parts
    const table = this.#tables?.outbox ?? 'holdfast_outbox'
    const ours = `namespace = ${sqlText(namespace)}`
    const [row] = await truth.query(
      truth.session,
      `SELECT count(*)::int AS waiting,
         coalesce(extract(epoch FROM clock_timestamp() - min(emitted_at)) * 1000, 0)::float8 AS ms,
         (SELECT count(*)::int FROM ${table} WHERE ${ours} AND batch = 0) AS refused
       FROM (SELECT emitted_at FROM ${table} WHERE ${ours} AND batch IS NULL
             ORDER BY id LIMIT ${MOST_COUNTED}) AS waiting`,
    )
    return {
      isActive: this.#relay?.isActive === true,
      waiting: Number(row?.['waiting'] ?? 0),
      oldestMs: Number(row?.['ms'] ?? 0),
      refused: Number(row?.['refused'] ?? 0),
      problem: this.#relay?.problem ?? null,
    }
  }

  /** One hint at a time, however many writes commit. */
  async #ring(): Promise<void> {
    this.#isRinging = true
    while (this.#isToRing) {
      this.#isToRing = false
      try {
        await this.#parts.store.ring()
      } catch (error) {
        const { state } = this.#parts
        if (signals.storeFailure.hasSubscribers)
          signals.storeFailure.publish({ state, keyspace: 'outbox', operation: 'ring', error })
      }
    }
    this.#isRinging = false
  }
}
