import { afterEach, expect, test } from 'vitest'
import { drill, type Outcome } from '../../bench/outage/drill.ts'
import { FAULTS } from '../../bench/outage/faults.ts'
import { type DrillNode, type Mode, openNode, RETRY_MS } from '../../bench/outage/node.ts'
import { DrillServer } from '../../bench/outage/server.ts'
import { Source } from '../../bench/outage/source.ts'
import { eventually } from '../servers/eventually.ts'

// Redis fails under traffic from two nodes, while the source changes and each change is invalidated until that is
// confirmed. `npm run bench -- outage` is the same with more traffic, and nodes in processes of their own.

const NAMES = ['A', 'B', 'C', 'D', 'E']
const RATES: Readonly<Record<Mode, number>> = { load: 200, stale: 50, fail: 50 }
const COMMAND_TIMEOUT_MS = 500
const LOAD_MS = 100
const OUTAGE_MS = 3_000
const CHANGE_EVERY_MS = 100
/** A ticket of unknown outcome, and one of a process that is gone, stand in the way for so long. */
const TICKET_LEASE_MS = 2_000
/** For a machine that has other things to do. */
const MARGIN_MS = 1_500

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function drillOf(name: string): Promise<Record<Mode, Outcome>> {
  const fault = FAULTS.find((each) => each.name === name)
  if (!fault) throw new Error(`there is no ${name}`)
  const server = await DrillServer.start()
  ends.push(() => server.kill())
  const source = new Source(LOAD_MS)
  const open = (node: number): Promise<DrillNode> =>
    openNode({
      redisUrl: server.url,
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      load: (key, of) => source.load(node, key, of),
    })
  const nodes = await Promise.all([0, 1].map(open))
  ends.push(...nodes.map((node) => () => node.close()))
  const [load, stale, fail] = await drill(fault, {
    server,
    source,
    nodes,
    names: NAMES,
    rates: RATES,
    calmMs: 800,
    outageMs: OUTAGE_MS,
    changeEveryMs: CHANGE_EVERY_MS,
  })
  if (!load || !stale || !fail) throw new Error('an outcome is missing')
  return { load, stale, fail }
}

test('a load during which Redis was restarted empty is stored nowhere: its ticket is gone', async () => {
  const server = await DrillServer.start()
  ends.push(() => server.kill())
  const answers: ((version: number) => void)[] = []
  const node = await openNode({
    redisUrl: server.url,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    load: (_, name) => (name === 'A' ? new Promise((resolve) => answers.push(resolve)) : Promise.resolve(1)),
  })
  ends.push(() => node.close())
  const before = node.read('load', 'A')
  await eventually(() => answers.length === 1)
  await server.kill()
  await server.startAgain()
  await eventually(async () => (await node.read('load', 'B'))?.tier === 'l1')
  answers[0]?.(1)
  expect(await before).toEqual({ value: 1, tier: 'source' })
  const after = node.read('load', 'A')
  await eventually(() => answers.length === 2)
  answers[1]?.(2)
  expect(await after).toEqual({ value: 2, tier: 'source' })
})

/** What holds in every outage. Unhandled rejections fail the run by themselves. */
function expectSound({ mode, outage, split, loadsPerKey, loadsAtOnce, recoveryMs }: Outcome): void {
  expect(outage.calls, `onStoreDown ${mode}`).toBeGreaterThan((RATES[mode] * 2 * OUTAGE_MS) / 1_000 / 2)
  expect(outage.outdated, `onStoreDown ${mode}`).toBe(0)
  expect(split, `onStoreDown ${mode}`).toEqual([])
  // One load of a key after the other, in each process: without single-flight it would be one for every call. An
  // attempt to invalidate, and the loss of Redis, cut the one in flight loose, and it ends beside its successor.
  const lastedMs = OUTAGE_MS + recoveryMs + MARGIN_MS / 2
  const attempts = lastedMs / RETRY_MS + lastedMs / (CHANGE_EVERY_MS * NAMES.length)
  expect(loadsPerKey, `onStoreDown ${mode}`).toBeLessThanOrEqual(lastedMs / LOAD_MS + attempts)
  expect(loadsAtOnce, `onStoreDown ${mode}`).toBeLessThanOrEqual(5)
  expect(outage.longestMs, `onStoreDown ${mode}`).toBeLessThan(
    Math.max(COMMAND_TIMEOUT_MS, TICKET_LEASE_MS) + 2 * LOAD_MS + MARGIN_MS,
  )
  // The longest pause between two attempts to connect is 2 s.
  expect(recoveryMs, `onStoreDown ${mode}`).toBeLessThan(2_000 + MARGIN_MS + TICKET_LEASE_MS)
}

test.each(FAULTS)(
  '$name: all nodes agree afterwards, memory is used again, nobody waits for long',
  {
    timeout: 60_000,
  },
  async ({ name }) => {
    const outcomes = await drillOf(name)
    for (const outcome of Object.values(outcomes)) expectSound(outcome)
    const { load, stale, fail } = outcomes
    expect(load.outage.errors).toEqual({})
    expect(stale.outage.errors).toEqual({})
    const ofStore = ['HF_STORE_UNAVAILABLE', 'HF_STORE_TIMEOUT', 'HF_STORE_REFUSED']
    expect(Object.keys(fail.outage.errors).filter((code) => !ofStore.includes(code))).toEqual([])
    if (name === 'killed' || name === 'hung') {
      // The source is spared: its callers are told instead.
      expect(Object.keys(fail.outage.errors)).not.toEqual([])
      expect(fail.loadsPerKey).toBeLessThan(load.loadsPerKey / 2)
      expect(stale.outage.stale).toBeGreaterThan(0)
    }
  },
)
