import { memoryStore, type Store, systemRandom, type Truth } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import type { PolledRow } from '../../src/gate/row.ts'
import { Steering } from '../../src/gate/steering.ts'

// A PostgreSQL that was restored counts to the same epoch again. What a process knows of the first one with that
// number says nothing of the second.

const clock = virtualClock()
const nobody = {
  changed: () => undefined,
  ticketChanged: () => undefined,
  lost: () => undefined,
  resumed: () => undefined,
}

function steer(boundaries: string[]) {
  const moves: string[] = []
  const truth: Truth<object> = {
    name: 'scripted',
    session: {},
    transaction: () => Promise.reject(new Error('none is expected')),
    async query(_session, sql) {
      if (sql.startsWith('SELECT pg_current_xact_id')) return [{ id: boundaries.shift() }]
      moves.push(/SET state = E'(\w+)'/.exec(sql)?.[1] ?? sql)
      return [{ state: 'moved' }]
    },
  }
  const store: Store = memoryStore()({ clock, trackedPrefixes: [], listener: nobody })
  const steering = new Steering({
    place: { truth, table: 'holdfast_gate', namespace: 'n' },
    store: store.fences,
    clock,
    random: { ...systemRandom, token: () => 't', float: () => 0 },
    onBlocked: () => undefined,
  })
  const sight = { isSeen: true, server: store.fences.server(), isMarked: true } as const
  const step = (state: PolledRow['state'], nonce: string, oldestRunning = 0n) =>
    steering.step(row(state, nonce, oldestRunning), sight, undefined)
  return { step, moves }
}

function row(state: PolledRow['state'], nonce: string, oldestRunning: bigint): PolledRow {
  return {
    state,
    epoch: 2n,
    nonce,
    run: 'memory',
    lineage: 'memory',
    isHeld: false,
    reason: '',
    closings: 0,
    ageMs: 0,
    epochAgeMs: 0,
    start: '1',
    startNow: '1',
    isStandby: false,
    oldestRunning,
  }
}

test('the leases of an epoch are waited for, also where one with its number was closed before', async () => {
  const { step, moves } = steer([])
  expect(await step('closing', 'first')).toEqual({ afterMs: 1_800 })
  await clock.advance(1_000)
  expect(await step('closing', 'first')).toEqual({ afterMs: 800 })
  await clock.advance(10_000)
  expect(await step('closing', 'second')).toEqual({ afterMs: 1_800 })
  expect(moves).toEqual([])
  await clock.advance(1_800)
  expect(await step('closing', 'second')).toBe('now')
  expect(moves).toEqual(['closed'])
})

test('an opening waits for the transactions of its own history', async () => {
  const { step, moves } = steer(['900', '700'])
  expect(await step('opening', 'first', 100n)).toBe('now')
  expect(await step('opening', 'first', 100n)).toBe('usual')
  // Ids are counted from 650 again: those of the first history may never be reached.
  expect(await step('opening', 'second', 650n)).toBe('now')
  expect(await step('opening', 'second', 650n)).toBe('usual')
  expect(moves).toEqual([])
  expect(await step('opening', 'second', 700n)).toBe('now')
  expect(moves).toEqual(['open'])
})
