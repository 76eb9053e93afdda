/** Where processes are killed for the table, and what must come of it. */
import type { Point } from '../points.ts'

/** What may lie in Redis under the name of a key. */
export type Left = 'nothing' | 'the old value' | 'the new value' | 'a lease' | 'a fence'

/** What the process that dies was doing, on one account. */
export type Deed =
  | {
      readonly kind: 'write'
      readonly how: 'put' | 'touch'
      readonly ack: 'settled' | 'commit'
    }
  | { readonly kind: 'read' }
  /** It looks after the gate, as every process does all the time. */
  | { readonly kind: 'gate' }

/** How things are when it begins. */
export type Scene =
  /** The old value is in Redis. */
  | 'warm'
  /** Redis has nothing. */
  | 'cold'
  /** A writer before it has died after its COMMIT, and left its fence. */
  | 'fenced'
  /** As `warm`; and when it has died, another one writes the same key before anybody reads. */
  | 'written again'
  /** An operator has closed the gate; and opens it when the process has died. */
  | 'closed gate'
  /** Redis is killed, and comes back with its data of before the last acknowledged write. */
  | 'old data'

/** One row of the table. */
export interface Step {
  readonly part: 'write' | 'read' | 'healing' | 'gate'
  readonly name: string
  readonly point: Point
  readonly scene: Scene
  readonly deed: Deed
  /** What it may leave in Redis. One, unless something was under way. */
  readonly leaves: readonly Left[]
  /** Which states the next read may answer. */
  readonly answers: readonly ('the old' | 'the new')[]
  /** Who answers it. */
  readonly from: readonly ('Redis' | 'PostgreSQL')[]
}

const PUT: Deed = { kind: 'write', how: 'put', ack: 'settled' }
const TOUCH: Deed = { kind: 'write', how: 'touch', ack: 'settled' }
const BEHIND: Deed = { kind: 'write', how: 'put', ack: 'commit' }
const READ: Deed = { kind: 'read' }
const GATE: Deed = { kind: 'gate' }

const OLD = ['the old'] as const
const NEW = ['the new'] as const
const REDIS = ['Redis'] as const
const POSTGRES = ['PostgreSQL'] as const

const write = (
  name: string,
  point: Point,
  leaves: readonly Left[],
  answers: Step['answers'],
  from: Step['from'],
  scene: Scene = 'warm',
  deed = PUT,
): Step => ({ part: 'write', name, point, scene, deed, leaves, answers, from })

const read = (name: string, point: Point, leaves: readonly Left[], from: Step['from']): Step => ({
  part: 'read',
  name,
  point,
  scene: 'cold',
  deed: READ,
  leaves,
  answers: OLD,
  from,
})

const heal = (name: string, point: Point, leaves: readonly Left[]): Step => ({
  part: 'healing',
  name,
  point,
  scene: 'fenced',
  deed: READ,
  leaves,
  answers: NEW,
  from: POSTGRES,
})

const gate = (name: string, point: Point): Step => ({
  part: 'gate',
  name,
  point,
  scene: 'old data',
  deed: GATE,
  leaves: ['the old value'],
  answers: NEW,
  from: POSTGRES,
})

/** All rows, in the order of the protocol. */
export const STEPS: readonly Step[] = [
  write('before BEGIN', 'write: before BEGIN', ['the old value'], OLD, REDIS),
  write('after the statements of the body', 'write: statements done', ['the old value'], OLD, REDIS),
  write(
    'it has its id and the gate; before FENCE',
    'write: before its fences',
    ['the old value'],
    OLD,
    REDIS,
  ),
  write('FENCE sent', 'write: fences sent', ['a fence', 'the old value'], OLD, ['PostgreSQL', 'Redis']),
  write('after FENCE', 'write: fences up', ['a fence'], OLD, POSTGRES),
  write('after the row of a put was read', 'write: row of a put read', ['a fence'], OLD, POSTGRES),
  write('before COMMIT', 'write: before COMMIT', ['a fence'], OLD, POSTGRES),
  write('COMMIT sent', 'write: COMMIT sent', ['a fence'], ['the old', 'the new'], POSTGRES),
  write('after COMMIT, before SETTLE', 'write: committed', ['a fence'], NEW, POSTGRES),
  write('SETTLE sent', 'write: SETTLE sent', ['the new value', 'a fence'], NEW, ['Redis', 'PostgreSQL']),
  write('after SETTLE, of a put', 'write: settled', ['the new value'], NEW, REDIS),
  write('after SETTLE, of a touch', 'write: settled', ['nothing'], NEW, POSTGRES, 'warm', TOUCH),
  write(
    "acknowledged by ack: 'commit', before SETTLE",
    'write: before SETTLE',
    ['a fence'],
    NEW,
    POSTGRES,
    'warm',
    BEHIND,
  ),
  write(
    'after FENCE; another process writes the key next',
    'write: fences up',
    ['a fence'],
    NEW,
    POSTGRES,
    'written again',
  ),
  write(
    'gate closed, so without a fence; before COMMIT',
    'write: before COMMIT',
    ['the old value'],
    OLD,
    POSTGRES,
    'closed gate',
  ),
  write(
    'gate closed, so without a fence; after COMMIT',
    'write: committed',
    ['the old value'],
    NEW,
    POSTGRES,
    'closed gate',
  ),
  read('GET sent', 'read: sent', ['nothing'], POSTGRES),
  read('nothing found; before its lease', 'read: before its lease', ['nothing'], POSTGRES),
  read('after its lease, before the load', 'read: leased', ['a lease'], POSTGRES),
  read('after the load, before FILL', 'read: loaded', ['a lease'], POSTGRES),
  read('FILL sent', 'read: fill sent', ['the old value', 'a lease'], ['Redis', 'PostgreSQL']),
  read('after FILL', 'read: filled', ['the old value'], REDIS),
  heal("found a dead writer's fence; before PostgreSQL is asked", 'heal: fence seen', ['a fence']),
  heal('knows how the writer ended; before the fence is taken down', 'heal: status known', ['a fence']),
  heal('after the fence was taken down', 'heal: fence down', ['nothing']),
  gate('after a poll of the row', 'gate: polled'),
  gate('before open → closing', 'gate: before closing'),
  gate('after open → closing', 'gate: closing'),
  gate('all leases over; before closing → closed', 'gate: before closed'),
  gate('after closing → closed', 'gate: closed'),
  gate('after the mark of the next epoch', 'gate: marked'),
  gate('before closed → opening, with epoch and nonce', 'gate: before opening'),
  gate('after closed → opening', 'gate: opening'),
  gate('older transactions have ended; before opening → open', 'gate: before open'),
  gate('after opening → open', 'gate: open'),
]
