/** How long messages take, and which are lost. All of it comes from one stream of random numbers. */
import type { Scheduler } from './scheduler.ts'

/** What a network is like. */
export interface Weather {
  /** The usual longest delay of a message. */
  readonly delayMs: number
  /** The share of messages that take up to thirty times as long. */
  readonly slowShare: number
  /** Messages of one connection may overtake each other. Real ones never do; the protocol bears it. */
  readonly isUnordered: boolean
}

/** Delays of a run, and its log. */
export interface Network {
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly weather: Weather
  log(line: string): void
}

/** How long one message takes. */
export function delayMs({ random, weather }: Network): number {
  const slow = random() < weather.slowShare ? 30 : 1
  return random() * weather.delayMs * slow
}

/** One direction of a connection: what is sent arrives in its order, unless the network is unordered. */
export class Line {
  readonly #network: Network
  #lastMs = 0

  constructor(network: Network) {
    this.#network = network
  }

  /** How long a message that is sent now takes. */
  nextDelayMs(): number {
    const { scheduler, weather } = this.#network
    const arrivesMs = scheduler.nowMs + delayMs(this.#network)
    if (weather.isUnordered) return arrivesMs - scheduler.nowMs
    this.#lastMs = Math.max(this.#lastMs, arrivesMs)
    return this.#lastMs - scheduler.nowMs
  }
}

/** What may be late beyond all others: commands to Redis by their names; steps of the gate; answers of PostgreSQL. */
export const LATE = [
  'fence',
  'settle',
  'apply',
  'fill',
  'gate step',
  'commit of a gate step',
  'answer to COMMIT',
  'answer to a poll',
] as const
export type LateKind = (typeof LATE)[number]

/** Messages of one process that will be late. */
export class Lateness {
  readonly #next = new Map<string, number>()

  /** The next one of this kind takes so much longer. */
  hold(what: LateKind, byMs: number): void {
    this.#next.set(what, byMs)
  }

  /** By how much this one is late. */
  take(what: string): number {
    const byMs = this.#next.get(what) ?? 0
    this.#next.delete(what)
    return byMs
  }
}
