import { expect, test } from 'vitest'
import { chaos } from '../../prove/chaos.ts'
import { compiledProgram } from '../processes/program.ts'

// A short chaos run, so that a broken promise, or a broken proof, is noticed by the tests. Long ones, with the
// clock of Redis moved, too: npm run prove -- --seconds 600. Another course: CHAOS_SEED=2.

const worker = compiledProgram(new URL('../../prove/worker.ts', import.meta.url))

const SECONDS = Number(process.env.CHAOS_SECONDS ?? 10)
const SEED = Number(process.env.CHAOS_SEED ?? 1)

test('several processes under faults see nothing that is older', { timeout: 150_000 }, async () => {
  const report = await chaos(
    {
      seconds: SECONDS,
      seed: SEED,
      workers: 4,
      faults: [],
      clock: undefined,
      program: worker(),
      say: () => undefined,
    },
    async () => undefined,
  )
  process.stdout.write(
    `chaos: ${report.verdict.operations} operations, ${report.faultsTotal} faults, ${report.epochs} epochs\n`,
  )
  expect(report.verdict.findings).toEqual([])
  expect(report.money).toEqual([])
  expect(report.finalDifferences).toEqual([])
  expect(report.violations).toBe(0)
  // Else nothing was tested.
  expect(report.verdict.operations).toBeGreaterThan(SECONDS * 10)
  expect(report.faultsTotal).toBeGreaterThanOrEqual(2)
  expect(report.totals.l2Hits).toBeGreaterThan(SECONDS * 5)
})
