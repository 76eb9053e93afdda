/**
 * What goes wrong together, and would by chance only in one run of thousands: a fault, with those who write and read
 * around it. How close to each other, chance decides here too.
 */
import { aFault, aLate, aRead, aWrite, type Fault, type Operation, type Setting } from './steps.ts'

/** One of them. */
export interface Story {
  readonly name: string
  /** It takes seconds. */
  readonly isLong: boolean
  /** Around the moment `atMs`. */
  tell(setting: Setting, atMs: number): readonly (Operation | Fault)[]
}

type Steps = readonly (Operation | Fault)[]

/** So many reads of one key, by anybody, in a time. */
function reads(
  { random, nodes }: Setting,
  what: 'get' | 'versions',
  count: number,
  fromMs: number,
  toMs: number,
  id = 0,
): Steps {
  return times(count, () =>
    aRead(what, fromMs + random() * (toMs - fromMs), Math.floor(random() * nodes), id),
  )
}

function times<Step>(count: number, make: () => Step): Step[] {
  return Array.from({ length: count }, make)
}

const someNode = ({ random, nodes }: Setting): number => Math.floor(random() * nodes)
const anotherNode = ({ random, nodes }: Setting, node: number): number =>
  (node + 1 + Math.floor(random() * (nodes - 1))) % nodes

/** A transaction has its fences up, and has not committed, when the server loses them. */
function flushUnderWrite(setting: Setting, atMs: number): Steps {
  const { random, delayMs, isUnordered } = setting
  // What is told by the server must come in its order.
  if (isUnordered) return []
  const restMs = (6 + random() * 4) * delayMs + 20
  const beganMs = atMs - (5 + random() * 3) * delayMs
  return [
    aWrite(beganMs, someNode(setting), [0], { puts: [], restMs }),
    aFault('flush', atMs, 0, 0),
    ...reads(setting, 'get', 4, atMs - 0.5 * delayMs, atMs + delayMs),
    ...reads(setting, 'get', 10, beganMs + 6 * delayMs + restMs, beganMs + 12 * delayMs + restMs + 20),
  ]
}

/** Two that change different rows, and so do not wait for each other, touch what is derived from both. */
function twoWritersOfOneKey(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const write = (id: number): Operation =>
    aWrite(atMs + random() * 4 * delayMs, someNode(setting), [id], {
      restMs: random() < 0.5 ? 0 : random() * 20,
      puts: [],
    })
  return [write(0), write(1), ...reads(setting, 'versions', 10, atMs + 3 * delayMs, atMs + 15 * delayMs + 20)]
}

/**
 * A fence is under way for so long that its writer sends it again, on another connection, and commits; and is at its
 * end when another has written, and before the first has settled.
 */
function lateFence(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const node = someNode(setting)
  const other = anotherNode(setting, node)
  const once = (fromMs: number): Steps => {
    const lateMs = (14 + random() * 16) * delayMs
    return [
      aLate('fence', fromMs, node, lateMs),
      aLate('answer to COMMIT', fromMs, node, lateMs + (random() * 6 - 4) * delayMs),
      aWrite(fromMs, node, [0]),
      aWrite(fromMs + (4 + random() * 5) * delayMs, other, [0], { puts: [] }),
      ...times(5, () => aRead('get', fromMs + (10 + random() * 9) * delayMs, other)),
    ]
  }
  // The other connection may come up too late for the second fence.
  return [...once(atMs), ...once(atMs + 50 * delayMs)]
}

/** A load is stored late: others have written since, and somebody else is loading. */
function lateFill(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const node = someNode(setting)
  const other = anotherNode(setting, node)
  const touches = { puts: [] }
  return [
    aWrite(atMs - 12 * delayMs, other, [0], touches),
    aLate('fill', atMs - delayMs, node, (9 + random() * 6) * delayMs),
    aRead('get', atMs, node),
    aWrite(atMs + (1 + random() * 2) * delayMs, other, [0], touches),
    aLate('fill', atMs + 4 * delayMs, other, 4 * delayMs),
    ...times(3, () => aRead('get', atMs + (8 + random() * 4) * delayMs, other)),
    ...reads(setting, 'get', 3, atMs + 12 * delayMs, atMs + 20 * delayMs),
  ]
}

/** A transaction puts a row as it was when its snapshot was taken. Others have changed it since. */
function putOfAnOldSnapshot(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const node = someNode(setting)
  return [
    aWrite(atMs, node, [0], {
      isolation: 'repeatable read',
      looksFirst: true,
      thinkMs: (8 + random() * 12) * delayMs,
      unchanged: [1],
    }),
    aWrite(atMs + (1 + random() * 4) * delayMs, anotherNode(setting, node), [1]),
    ...reads(setting, 'get', 3, atMs + 10 * delayMs, atMs + 40 * delayMs),
  ]
}

/** What came of a COMMIT is not told; or it did not come to it. */
function lostCommit(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const node = someNode(setting)
  const lostMs = atMs + (3 + random() * 4) * delayMs
  const restMs = random() < 0.5 ? 0 : random() * 20
  return [
    aWrite(atMs, node, [0], { restMs }),
    random() < 0.3
      ? // Longer than anybody waits.
        aLate('answer to COMMIT', atMs, node, 3_100)
      : random() < 0.4
        ? aFault('cut off from postgres', lostMs + restMs, node, random() * 6 * delayMs)
        : aFault('restart postgres', lostMs + restMs, node, random() * 50, random()),
    ...times(6, () => aWrite(lostMs + random() * 500, someNode(setting), [random() < 0.5 ? 0 : 1])),
    ...reads(setting, 'get', 4, lostMs, lostMs + 200),
  ]
}

/** Somebody does not hear that the gate closes. Others write without fences, as soon as they may, or later. */
function deafToAClosing(setting: Setting, atMs: number, node: number, deaf: Steps): Steps {
  const { random, accounts } = setting
  const other = anotherNode(setting, node)
  const writesMs = random() < 0.5 ? 1_700 : 2_200
  // The one that fewest write.
  const id = accounts - 1
  return [
    ...reads(setting, 'get', 4, atMs - 60, atMs, id),
    ...deaf,
    random() < 0.7
      ? aFault('close gate', atMs + random() * 60, other, random() * 3_000)
      : aFault('failover', atMs + random() * 60, other, 3_000, 0.2),
    ...times(4, () => aWrite(atMs + writesMs + random() * 700, other, [id], { isChased: true })),
    ...times(12, () => aRead('get', atMs + 1_500 + random() * 2_300, node, id)),
  ]
}

/** Somebody hears nothing for longer than a lease. */
function leaseThatEnds(setting: Setting, atMs: number): Steps {
  const { random } = setting
  const node = someNode(setting)
  const deafMs = 2_700 + random() * 900
  const how = random() < 0.5 ? 'suspend' : 'cut off from postgres'
  return deafToAClosing(setting, atMs, node, [aFault(how, atMs, node, deafMs)])
}

/** A poll is answered, and the answer is old when it comes; and the last one for long. */
function oldAnswerToAPoll(setting: Setting, atMs: number): Steps {
  const { random } = setting
  const node = someNode(setting)
  return deafToAClosing(setting, atMs, node, [
    aLate('answer to a poll', atMs - 300, node, 1_250 + random() * 130),
    aFault('cut off from postgres', atMs + 300, node, 3_000),
  ])
}

/** The gate is closed for a while. Who skipped the fence meanwhile commits when it is about to open, or open. */
function writersOverAnOpening(setting: Setting, atMs: number): Steps {
  const { random, nodes } = setting
  const heldMs = 1_950 + random() * 400
  // By the next poll of anybody.
  const openMs = atMs + heldMs + 60
  const slowMs = random() < 0.5 ? 0 : 30 + random() * 70
  return [
    ...reads(setting, 'get', 2, atMs - 60, atMs),
    aFault('close gate', atMs, 0, heldMs),
    // Others take ids between that of the step and the moment at which it is seen.
    ...(slowMs > 0 ? [0, 1, 2].slice(0, nodes) : []).map((node) =>
      aLate('commit of a gate step', openMs - 100, node, slowMs),
    ),
    // Else the first to skip is the first to write at all.
    aWrite(openMs - 160, someNode(setting), [0]),
    ...[0, 0, 1].map((id) =>
      aWrite(openMs - 60 + random() * 100, someNode(setting), [id], { restMs: 30 + random() * 400 }),
    ),
    ...times(4, () =>
      aWrite(openMs - 20 + random() * 300, someNode(setting), [1], { puts: [1], unchanged: [0] }),
    ),
    ...reads(setting, 'get', 20, openMs - 40, openMs + 500),
    ...reads(setting, 'versions', 6, openMs - 40, openMs + 500),
  ]
}

/** Transactions that keep their snapshot are of a time at which the gate was closed, and write when it is open. */
function snapshotOverAnOpening(setting: Setting, atMs: number): Steps {
  const { random } = setting
  const heldMs = 1_950 + random() * 400
  const openMs = atMs + heldMs + 60
  const write = (id: number): Operation =>
    aWrite(openMs - random() * 100, someNode(setting), [id], {
      isolation: 'repeatable read',
      looksFirst: true,
      thinkMs: 100 + random() * 400,
      restMs: random() * 100,
    })
  return [
    ...reads(setting, 'get', 2, atMs - 60, atMs),
    aFault('close gate', atMs, 0, heldMs),
    aWrite(openMs - 130, someNode(setting), [0]),
    write(0),
    write(1),
    ...reads(setting, 'get', 16, openMs, openMs + 600),
    ...reads(setting, 'versions', 8, openMs, openMs + 600),
  ]
}

/** PostgreSQL comes back as it was before a write that Redis knows of, and that was read. */
function restoreUnderReaders(setting: Setting, atMs: number): Steps {
  const { random } = setting
  const wroteMs = atMs - 100 - random() * 300
  // That of the fault goes back by up to 2 s.
  const share = (atMs - wroteMs + 100 + random() * 400) / 2_000
  const backMs = atMs + 2_500
  return [
    aWrite(wroteMs, someNode(setting), [0]),
    ...reads(setting, 'get', 2, wroteMs + 50, atMs),
    aFault('restore postgres', atMs, 0, 0, share),
    ...reads(setting, 'get', 12, backMs, backMs + 2_000),
  ]
}

/** Two processes close the gate. What one of them sends comes when the other has opened it again. */
function lateGateStep(setting: Setting, atMs: number): Steps {
  const { random, delayMs } = setting
  const node = someNode(setting)
  const doneMs = atMs + 1_750 + random() * 200
  return [
    aFault('close gate', atMs, 0, 0),
    aLate('gate step', atMs + 1_000, node, 100 + random() * 300),
    ...times(10, () =>
      aWrite(doneMs + random() * 700, someNode(setting), [0], { isChased: true, restMs: random() * 10 }),
    ),
    ...reads(setting, 'get', 16, doneMs, doneMs + 800 + delayMs),
  ]
}

/** All of them. */
export const STORIES: readonly Story[] = [
  { name: 'flush under a write', isLong: false, tell: flushUnderWrite },
  { name: 'two writers of one key', isLong: false, tell: twoWritersOfOneKey },
  { name: 'late fence', isLong: false, tell: lateFence },
  { name: 'late fill', isLong: false, tell: lateFill },
  { name: 'put of an old snapshot', isLong: false, tell: putOfAnOldSnapshot },
  { name: 'lost commit', isLong: false, tell: lostCommit },
  { name: 'a lease that ends', isLong: true, tell: leaseThatEnds },
  { name: 'an old answer to a poll', isLong: true, tell: oldAnswerToAPoll },
  { name: 'writers over an opening', isLong: true, tell: writersOverAnOpening },
  { name: 'a snapshot over an opening', isLong: true, tell: snapshotOverAnOpening },
  { name: 'a late step of the gate', isLong: true, tell: lateGateStep },
  { name: 'a restore under readers', isLong: true, tell: restoreUnderReaders },
]
