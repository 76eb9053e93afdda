import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Operation, violationsOf } from '../../prove/linearizable.ts'

// The judge is judged: against one that tries every order.

/** Whether some order of `left`, after `version` was written, obeys time and reads what was written last. */
function hasLegalOrder(left: readonly Operation[], version = 0): boolean {
  if (left.length === 0) return true
  return left.some((first) => {
    if (left.some((other) => other !== first && other.end < first.start)) return false
    if (first.version !== (first.kind === 'write' ? version + 1 : version)) return false
    return hasLegalOrder(
      left.filter((other) => other !== first),
      first.version,
    )
  })
}

const spans = fc.record({ start: fc.nat(12), length: fc.nat(6) })
const histories = fc
  .record({
    writes: fc.array(spans, { maxLength: 3 }),
    reads: fc.array(fc.record({ span: spans, version: fc.nat(3) }), { maxLength: 4 }),
  })
  .map(({ writes, reads }): Operation[] => [
    ...writes.map(({ start, length }, index) => {
      return { key: 0, kind: 'write' as const, version: index + 1, start, end: start + length }
    }),
    ...reads.map(({ span: { start, length }, version }) => {
      const known = Math.min(version, writes.length)
      return { key: 0, kind: 'read' as const, version: known, start, end: start + length }
    }),
  ])

test('it agrees with a judge that tries every order, on 10,000 small histories', () => {
  let legal = 0
  fc.assert(
    fc.property(histories, (history) => {
      const isLegal = hasLegalOrder(history)
      if (isLegal) legal++
      expect(violationsOf(history).length === 0).toBe(isLegal)
    }),
    { numRuns: 10_000 },
  )
  // Both kinds were met.
  expect(legal).toBeGreaterThan(1_000)
  expect(legal).toBeLessThan(9_000)
})

test('keys are judged apart', () => {
  const write = (key: number, version: number, start: number): Operation => {
    return { key, kind: 'write', version, start, end: start + 1 }
  }
  expect(violationsOf([write(1, 2, 0), write(2, 1, 5)])).toEqual([])
  expect(violationsOf([write(1, 2, 0), write(1, 1, 5)])).toHaveLength(1)
})
