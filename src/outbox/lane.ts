/**
 * A lane of the relay: the messages of one kind of destination, on their way out.
 *
 * Guarantee: every message of a committed transaction is handed on, at least once, and those of one key in the order
 * of the commits, if their transactions change or lock a row in common. Mechanism: messages get their ids under those
 * locks, and are read by one snapshot, by id; each is marked as handed on only after its destination has taken it.
 * Whatever fails in between, it comes again, with the same event. A transaction that is long holds up only what
 * it left itself: what is marked is forgotten, one by one, so no message is passed over that appears late.
 *
 * A store that lost data lost messages with it. So the store keeps a mark with the number of the last batch, written
 * after that batch: when the mark is not what it was left as, everything after it is handed on again, as far back as
 * rows are retained. Limit: one server keeps the mark. On a Cluster the loss of another one is not noticed.
 */
import type { Clock } from '../core/clock.ts'
import { groupBy } from '../core/group-by.ts'
import type { OutboxMessage, Outlet, Refusal } from './message.ts'
import type { OutboxStore } from './port.ts'
import { type LaneRows, MOST_ROWS, type WaitingRow } from './rows.ts'

/** What happened in one turn. */
export interface Turn {
  readonly relayed: number
  readonly refused: readonly Refusal[]
  /** Handed on again, because the store had lost them. */
  readonly recalled: number
  /** There is more. */
  readonly isFull: boolean
}

/** How long the mark of the store is believed without a look. */
const LOOK_EVERY_MS = 1_000

/** The lane of one kind of destination. */
export class Lane<Session> {
  readonly kind: string
  readonly rows: LaneRows<Session>
  readonly #outlets: ReadonlyMap<string, Outlet>
  readonly #store: OutboxStore
  readonly #clock: Clock
  readonly #isRetained: boolean
  /** The number of the last batch, and that of the mark in the store. Undefined until it was looked up. */
  #last: number | undefined
  #lookedMs = -Infinity

  constructor(
    kind: string,
    rows: LaneRows<Session>,
    outlets: readonly Outlet[],
    store: OutboxStore,
    clock: Clock,
    isRetained: boolean,
  ) {
    this.kind = kind
    this.rows = rows
    this.#outlets = new Map(outlets.map((outlet) => [outlet.name, outlet]))
    this.#store = store
    this.#clock = clock
    this.#isRetained = isRetained
  }

  /** Another process relayed meanwhile, or may have. */
  forget(): void {
    this.#last = undefined
  }

  /** Hands on what waits, up to a bound. Rejects when a destination or the database cannot be used: try again. */
  async turn(): Promise<Turn> {
    const rows = await this.rows.waiting()
    // Right before anything is handed on: what was lost is older, and comes first.
    const recalled = rows.length > 0 || this.#isToLook() ? await this.#recallLost() : 0
    const relayed = recalled > 0 ? [] : rows
    const refused = relayed.length === 0 ? [] : await this.#handOn(relayed)
    const isFull = recalled > 0 || rows.length >= MOST_ROWS
    return { relayed: relayed.length, refused, recalled, isFull }
  }

  async #handOn(rows: readonly WaitingRow[]): Promise<readonly Refusal[]> {
    const byName = groupBy(rows, ({ name }) => name)
    const answers = await Promise.allSettled(
      [...byName].map(async ([name, messages]) => this.#deliver(name, messages)),
    )
    const taken = [...byName.values()].filter((_, index) => answers[index]?.status === 'fulfilled').flat()
    const refused = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const isRefused = new Set(refused.map(({ event }) => event))
    const before = this.#last ?? 0
    const batch = before + 1
    // Whatever fails from here to the mark, the rows say how far it came.
    if (taken.length > 0) this.#last = undefined
    await this.rows.refused(taken, refused)
    await this.rows.done(
      taken.filter(({ event }) => !isRefused.has(event)),
      this.#isRetained ? batch : null,
    )
    if (this.#isRetained && taken.length > 0) await this.#advance(String(before), batch)
    const failed = answers.find((answer) => answer.status === 'rejected')
    if (failed) throw failed.reason
    return refused
  }

  async #deliver(name: string, messages: readonly OutboxMessage[]): Promise<readonly Refusal[]> {
    return (await this.#outlets.get(name)?.deliver(messages)) ?? []
  }

  async #advance(before: string, batch: number): Promise<void> {
    const found = await this.#store.advance(this.kind, before, String(batch))
    // What stood there tells whether the store is as we left it. If not, the next turn recalls.
    this.#last = found === before ? batch : undefined
    this.#lookedMs = this.#clock.now()
  }

  #isToLook(): boolean {
    return this.#last === undefined || this.#clock.now() - this.#lookedMs >= LOOK_EVERY_MS
  }

  /** Lets everything wait again that the store has lost, if it has lost anything. */
  async #recallLost(): Promise<number> {
    if (!this.#isRetained) return 0
    const last = this.#last ?? (await this.rows.lastBatch())
    const expected = String(last)
    const found = await this.#store.advance(this.kind, expected, expected)
    this.#lookedMs = this.#clock.now()
    // Further on than we know of: what was handed on is not retained any more, or another process relays.
    this.#last = Math.max(last, Number(found))
    if (found !== '' && Number(found) >= last) return 0
    // Of the batch of the mark itself some may be there, too: destinations know what they have seen of late.
    const recalled = await this.rows.recall(Number(found))
    await this.#store.advance(this.kind, found, expected)
    return recalled
  }
}
