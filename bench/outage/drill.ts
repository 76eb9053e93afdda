import { setTimeout as wait } from 'node:timers/promises'
import type { Fault } from './faults.ts'
import { type Figures, together } from './figures.ts'
import { type DrillNode, type Mode, MODES } from './node.ts'
import type { DrillServer } from './server.ts'
import type { Source } from './source.ts'

/** What a drill runs on, and for how long. */
export interface Drill {
  readonly server: DrillServer
  readonly source: Source
  readonly nodes: readonly DrillNode[]
  readonly names: readonly string[]
  /** Calls of each node in a second. */
  readonly rates: Readonly<Record<Mode, number>>
  readonly calmMs: number
  readonly outageMs: number
  /** The source changes so often, and one of the nodes is told. */
  readonly changeEveryMs: number
}

/** How one keyspace came through an outage. */
export interface Outcome {
  readonly fault: string
  readonly mode: Mode
  readonly calm: Figures
  /** From the first moment of the outage until all nodes had recovered. */
  readonly outage: Figures
  /** The most loads of one key by one node in that time, and the most at a time. */
  readonly loadsPerKey: number
  readonly loadsAtOnce: number
  /** How long until all invalidations were confirmed, and every node answered every key from its memory. */
  readonly recoveryMs: number
  /** Keys on which a node did not agree with the source in the end, as `node name`. */
  readonly split: readonly string[]
}

const LONGEST_RECOVERY_MS = 30_000

/** Lets a fault happen under traffic, with a source that changes and invalidates all the time. */
export async function drill(fault: Fault, drill: Drill): Promise<Outcome[]> {
  const { server, source, nodes, names, rates } = drill
  for (const node of nodes) await node.begin(names, rates)
  await wait(drill.calmMs)
  const calm = await phaseOf(nodes)
  for (const mode of MODES) source.take(mode)

  const changes = changeAllTheTime(drill)
  const startedMs = performance.now()
  await fault.happen(server, drill.outageMs)
  const usableMs = performance.now()
  const lastedMs = usableMs - startedMs
  await within(LONGEST_RECOVERY_MS, changes.end(), 'invalidations were not confirmed')
  for (const mode of MODES) await recovered(nodes, mode, names)
  const recoveryMs = performance.now() - usableMs
  const outage = await phaseOf(nodes)
  for (const node of nodes) await node.end()
  await phaseOf(nodes)
  const loads = MODES.map((mode) => source.take(mode))

  // The last invalidation: from here on all must agree, and stay so.
  await Promise.all(names.map((name) => (nodes[0] as DrillNode).invalidate(name, source.change(name))))
  for (const mode of MODES) await recovered(nodes, mode, names)
  const splits = await Promise.all(MODES.map((mode) => splitOf(drill, mode)))
  return MODES.map((mode, index) => ({
    fault: `${fault.name} for ${(lastedMs / 1_000).toFixed(1)} s`,
    mode,
    calm: calm[mode],
    outage: outage[mode],
    loadsPerKey: loads[index]?.perKey ?? 0,
    loadsAtOnce: loads[index]?.atOnce ?? 0,
    recoveryMs,
    split: splits[index] ?? [],
  }))
}

/** What the nodes did since the last phase. */
async function phaseOf(nodes: readonly DrillNode[]): Promise<Record<Mode, Figures>> {
  const each = await Promise.all(nodes.map((node) => node.nextPhase()))
  const ofMode = (mode: Mode): Figures => together(each.map((figures) => figures[mode]))
  return { load: ofMode('load'), stale: ofMode('stale'), fail: ofMode('fail') }
}

/** Changes one key after the other, and tells one node after the other. `end` waits until all is confirmed. */
function changeAllTheTime({ source, nodes, names, changeEveryMs }: Drill): { end(): Promise<void> } {
  const pending: Promise<void>[] = []
  let count = 0
  const timer = setInterval(() => {
    const name = names[count % names.length] as string
    const node = nodes[count % nodes.length] as DrillNode
    count++
    pending.push(node.invalidate(name, source.change(name)))
  }, changeEveryMs)
  return {
    async end() {
      clearInterval(timer)
      await Promise.all(pending)
    },
  }
}

/** Resolves once every node answers every key from its own memory. */
async function recovered(nodes: readonly DrillNode[], mode: Mode, names: readonly string[]): Promise<void> {
  const endMs = performance.now() + LONGEST_RECOVERY_MS
  for (;;) {
    const reads = nodes.flatMap((node) => names.map((name) => node.read(mode, name)))
    if ((await Promise.all(reads)).every((reading) => reading?.tier === 'l1')) return
    if (performance.now() > endMs) throw new Error(`${mode}: memory is not used again`)
    await wait(20)
  }
}

/** Keys of which a node says something else than the source. */
async function splitOf({ source, nodes, names }: Drill, mode: Mode): Promise<string[]> {
  const split: string[] = []
  for (const [index, node] of nodes.entries())
    for (const name of names) {
      const reading = await node.read(mode, name)
      if (reading?.value !== source.version(name)) split.push(`${index} ${name}`)
    }
  return split
}

async function within(limitMs: number, work: Promise<void>, otherwise: string): Promise<void> {
  const late = wait(limitMs, undefined, { ref: false }).then(() => {
    throw new Error(otherwise)
  })
  await Promise.race([work, late])
}
