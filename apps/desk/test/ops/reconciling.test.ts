import { memoryStore, systemClock } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { createBoard } from '../../src/market/board.ts'
import { createLog } from '../../src/ops/log.ts'
import { startReconciling } from '../../src/ops/reconciling.ts'
import { type DeskState, openState } from '../../src/ops/state.ts'
import type { Trading } from '../../src/trading/trading.ts'
import { useDatabase } from '../test-desk.ts'

const database = useDatabase()
const NOTHING = { checked: 0, confirmed: 0, failed: 0, unresolved: 0 }

let clock: ReturnType<typeof virtualClock>
let state: DeskState
let passes: unknown[]
let resumed: number
let reconcile: Trading['reconcile']
let logged: string[]

beforeEach(async () => {
  clock = virtualClock()
  const { db } = database.open
  state = await openState(memoryStore(), { db, board: createBoard(systemClock) }, clock)
  passes = []
  resumed = 0
  logged = []
  reconcile = async (options) => {
    passes.push(options)
    return NOTHING
  }
})

async function start(isAlone = false) {
  const log = createLog('warn', { write: (line) => void logged.push(line) })
  const trading = { reconcile: (options?: { everyAge?: boolean }) => reconcile(options) }
  const reconciling = await startReconciling({
    trading,
    resume: async () => ++resumed,
    state,
    clock,
    log,
    isAlone,
    askAgainAfterMs: 16_000,
  })
  onTestFinished(() => state.close())
  return reconciling
}

/** Passes do real work on PostgreSQL: the virtual clock does not wait for it. */
const until = async (count: number) => {
  while (passes.length < count) await state.ping()
  await state.tradeResult.sweep()
}

test('once before the desk is ready, and again when the rest is old enough', async () => {
  const reconciling = await start()
  expect(passes).toEqual([{ everyAge: false }])
  await clock.advance(16_000)
  await until(2)
  await reconciling.close()
  expect(passes).toEqual([{ everyAge: false }, undefined])
})

test('of every age, where nobody else trades on the database', async () => {
  await (await start(true)).close()
  expect(passes).toEqual([{ everyAge: true }])
})

test('at the ticks of its schedule, and after a failure again', async () => {
  const reconciling = await start()
  reconcile = async () => Promise.reject(new Error('no database'))
  await clock.advance(16_000)
  while (!logged.some((line) => line.includes('no database'))) await state.ping()
  expect(resumed).toBe(1)
  reconcile = async () => {
    passes.push('again')
    return NOTHING
  }
  // As if the last tick were two minutes back.
  await database.open.db.execute(
    `UPDATE holdfast_schedule SET last_ms = last_ms - 120000 WHERE key = 'memory:schedule:reconcile'`,
  )
  while (passes.length < 2) await clock.advance(1_000)
  await reconciling.close()
  expect(passes).toEqual([{ everyAge: false }, 'again'])
  expect(resumed).toBe(2)
  expect((await state.reconcileSchedule.view()).last.getTime() % 60_000).toBe(0)
})

test('what cannot be looked after at the start keeps the desk from starting', async () => {
  reconcile = async () => Promise.reject(new Error('no database'))
  await expect(start()).rejects.toThrow('no database')
})
