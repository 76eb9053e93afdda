/** What may happen in a run: who reads and writes what, and what goes wrong. */

import type { LateKind } from './network.ts'

/** A process reads or writes. */
export interface Operation {
  readonly what: 'get' | 'getMany' | 'versions' | 'write'
  readonly atMs: number
  readonly node: number
  readonly ids: readonly number[]
  readonly write: {
    /** The rows that are put; the others are touched. */
    readonly puts: readonly number[]
    readonly amount: number
    readonly isolation: 'read committed' | 'repeatable read' | 'serializable'
    readonly ack: 'settled' | 'commit'
    /** Rows that are put, and that the transaction does not change. */
    readonly unchanged: readonly number[]
    /** It reads the rows before it changes them. Its snapshot, if it keeps one, is of that moment. */
    readonly looksFirst: boolean
    /** How long the transaction does something else, between its statements. */
    readonly thinkMs: number
    /** How long it is before its COMMIT is sent, when all else is done. */
    readonly restMs: number
    readonly end: 'commit' | 'throw' | 'swallow'
    /** Who was told that it is done, tells others, who look at once. */
    readonly isChased: boolean
  }
}

/** Something goes wrong. */
export type Fault = {
  readonly what: FaultKind
  readonly atMs: number
  readonly node: number
  readonly forMs: number
  readonly choice: number
  /** What is late; else `choice` decides. */
  readonly late?: LateKind
}

/** In one place, so that a run can say how often it met each. */
export const CHEAP_FAULTS = [
  'evict',
  'cut',
  'crash',
  'pause',
  'suspend',
  'lose requests',
  'lose answers',
  'late message',
  'hang redis',
  'forget scripts',
  'full redis',
  'clock of redis',
  'hang postgres',
] as const
export const GATE_FAULTS = [
  'flush',
  'restart redis empty',
  'restart redis with old data',
  'failover',
  'restart postgres',
  'restore postgres',
  'cut off from postgres',
  'close gate',
] as const
export type FaultKind = (typeof CHEAP_FAULTS)[number] | (typeof GATE_FAULTS)[number]

/** Whether it is something that goes wrong. */
export function isFault(step: Operation | Fault): step is Fault {
  return 'choice' in step
}

/** What a story, or a plan, needs to know of the run that it is part of. */
export interface Setting {
  readonly random: () => number
  readonly nodes: number
  readonly accounts: number
  readonly delayMs: number
  readonly isUnordered: boolean
}

/** The next message of a kind is late. */
export function aLate(late: LateKind, atMs: number, node: number, forMs: number): Fault {
  return { ...aFault('late message', atMs, node, forMs), late }
}

/** Somebody reads. */
export function aRead(what: 'get' | 'getMany' | 'versions', atMs: number, node: number, id = 0): Operation {
  return { ...aWrite(atMs, node, [id]), what }
}

/** Somebody writes, and that is as usual but for `special`. */
export function aWrite(
  atMs: number,
  node: number,
  ids: readonly number[],
  special: Partial<Operation['write']> = {},
): Operation {
  const write = {
    puts: ids,
    amount: ids.length === 2 ? 1 : 0,
    isolation: 'read committed',
    ack: 'settled',
    unchanged: [],
    looksFirst: false,
    thinkMs: 0,
    restMs: 0,
    end: 'commit',
    isChased: false,
    ...special,
  } as const
  return { what: 'write', atMs, node, ids, write }
}

/** Something goes wrong. */
export function aFault(what: FaultKind, atMs: number, node: number, forMs: number, choice = 0): Fault {
  return { what, atMs, node, forMs, choice }
}
