import { virtualClock } from 'holdfast/testing'
import { systemRandom } from 'holdfast'
import { expect, onTestFinished, test } from 'vitest'
import type { Fences, FenceServer, FenceStore } from '../../src/fence/port.ts'
import { memoryFences } from '../../src/fence/memory.ts'
import { Lease, LEASE_MS, momentOf } from '../../src/gate/lease.ts'
import { SharedGate } from '../../src/gate/shared-gate.ts'
import type { Rows, Truth } from '../../src/truth.ts'

// How long a process may trust what it was told.

const PLACE = { nonce: 'n', run: 'memory' }

test('a lease ends after its time, on whichever clock is first', async () => {
  const clock = virtualClock()
  const fences = memoryFences(clock, 10).within(PLACE)
  const lease = new Lease(fences, 1, momentOf(clock))
  await clock.advance(LEASE_MS - 1)
  expect(lease.holds(clock)).toBe(true)
  await clock.advance(1)
  expect(lease.holds(clock)).toBe(false)
  // The host was suspended: its monotonic clock stood still.
  const suspended = { ...clock, wall: () => clock.wall() + LEASE_MS }
  const another = new Lease(fences, 1, momentOf(clock))
  expect(another.holds(clock)).toBe(true)
  expect(another.holds(suspended)).toBe(false)
})

/** A gate over a store and a PostgreSQL that answer as a test wants. */
async function world() {
  const clock = virtualClock()
  const memory = memoryFences(clock, 10)
  const server: FenceServer = {
    run: 'memory',
    lineage: 'l',
    problem: undefined,
    connection: 1,
    connectedMs: 0,
  }
  const now = {
    server,
    row: { state: 'open', epoch: '1', nonce: 'n', run: 'memory', lineage: 'l' },
    delayMs: 0,
    polls: 0,
    refuses: false,
  }
  const store: FenceStore = {
    ...memory,
    reach: 'shared',
    server: () => now.server,
    vet: async () => now.server,
  }
  await memory.within(PLACE).mark()
  const truth: Truth<null> = {
    name: 'stand-in',
    session: null,
    transaction: () => Promise.reject(new Error('none')),
    async query(_session, statement): Promise<Rows> {
      if (statement.includes('to_regclass')) return [{ name: 'holdfast_gate' }]
      if (!statement.includes('AS oldest_running')) return []
      now.polls++
      if (now.refuses) throw new Error('refused')
      const row = { ...now.row }
      if (now.delayMs > 0) await new Promise<void>((resolve) => clock.after(now.delayMs, resolve))
      const same = { held: false, reason: '', closings: 0, start: 's', start_now: 's', standby: false }
      return [{ ...same, age: 0, epoch_age: 0, oldest_running: '1', ...row }]
    },
  }
  const gate = new SharedGate({ state: 's', truth, store, clock, random: systemRandom })
  onTestFinished(() => gate.stop())
  const started = gate.start()
  await clock.advance(0)
  await started
  return { clock, now, gate, store }
}
const isTrusting = (gate: { trusted(): Fences | undefined }): boolean => gate.trusted() !== undefined

test('the row is polled, and the lease renewed', async () => {
  const { clock, now, gate } = await world()
  expect(isTrusting(gate)).toBe(true)
  const polls = now.polls
  for (let ms = 0; ms < 6_000; ms += 100) {
    await clock.advance(100)
    expect(isTrusting(gate)).toBe(true)
  }
  expect(now.polls - polls).toBeGreaterThan(14)
  expect(now.polls - polls).toBeLessThan(30)
})

test('without answers from PostgreSQL trust ends in time, and comes back with them', async () => {
  const { clock, now, gate } = await world()
  now.refuses = true
  await clock.advance(LEASE_MS)
  expect(isTrusting(gate)).toBe(false)
  expect(gate.view()).toMatchObject({ state: 'unknown', isTrusted: false })
  now.refuses = false
  await clock.advance(400)
  expect(isTrusting(gate)).toBe(true)
})

test('the lease counts from before the poll was sent', async () => {
  const { clock, now, gate } = await world()
  now.delayMs = LEASE_MS - 200
  // The poll of now is sent within 360 ms, and answered 1,300 ms later.
  let longestMs = 0
  let sinceMs: number | undefined
  let lastPolls = now.polls
  for (let ms = 0; ms < 8_000; ms += 10) {
    await clock.advance(10)
    if (now.polls > lastPolls) {
      lastPolls = now.polls
      sinceMs = clock.now()
    }
    if (sinceMs !== undefined && isTrusting(gate)) longestMs = Math.max(longestMs, clock.now() - sinceMs)
  }
  expect(longestMs).toBeLessThan(LEASE_MS)
  expect(longestMs).toBeGreaterThan(LEASE_MS - 200)
})

test('an answer that comes after the lease that it would give is of no use', async () => {
  const { clock, now, gate } = await world()
  now.delayMs = LEASE_MS + 50
  await clock.advance(2 * LEASE_MS)
  for (let ms = 0; ms < 8_000; ms += 50) {
    await clock.advance(50)
    expect(isTrusting(gate)).toBe(false)
  }
})

test.each(['closing', 'closed', 'opening'])('a poll that finds it %s ends trust at once', async (state) => {
  const { clock, now, gate } = await world()
  now.row = { ...now.row, state }
  await clock.advance(400)
  expect(isTrusting(gate)).toBe(false)
})

test('another connection is not trusted before it was looked at', async () => {
  const { clock, now, gate } = await world()
  now.server = { ...now.server, connection: 2 }
  expect(isTrusting(gate)).toBe(false)
  await clock.advance(400)
  expect(isTrusting(gate)).toBe(true)
})

test.each([
  ['another run', { run: 'other' }],
  ['a replica', { problem: 'it is a replica' }],
  ['other data', { lineage: 'm' }],
])('%s behind the same connection is not trusted', async (_name, change) => {
  const { clock, now, gate } = await world()
  now.server = { ...now.server, ...change }
  await clock.advance(400)
  expect(isTrusting(gate)).toBe(false)
})

test('nor a store without its mark', async () => {
  const { clock, gate, store } = await world()
  await store.within(PLACE).unmark()
  await clock.advance(400)
  expect(isTrusting(gate)).toBe(false)
})

test('nor anything, once the gate is stopped', async () => {
  const { clock, now, gate } = await world()
  gate.stop()
  const { polls } = now
  await clock.advance(5_000)
  expect(isTrusting(gate)).toBe(false)
  expect(now.polls).toBe(polls)
})
