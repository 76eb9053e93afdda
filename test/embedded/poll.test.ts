import { expect, test } from 'vitest'
import { poll } from '../../src/embedded/poll.ts'
import { virtualClock } from '../../src/testing/virtual-clock.ts'

test('asks until there is an answer', async () => {
  const clock = virtualClock()
  let asked = 0
  const answer = poll(clock, 1_000, () => (++asked === 3 ? 'yes' : undefined))
  await clock.advance(40)
  await expect(answer).resolves.toBe('yes')
  expect(asked).toBe(3)
  expect(clock.pending).toBe(0)
})

test('gives up at the deadline', async () => {
  const clock = virtualClock()
  let settled: unknown = 'waiting'
  void poll(clock, 100, () => undefined).then((answer) => (settled = answer))
  await clock.advance(99)
  expect(settled).toBe('waiting')
  await clock.advance(1)
  expect(settled).toBeUndefined()
  expect(clock.pending).toBe(0)
})

test('passes on what the probe throws', async () => {
  const failing = poll(virtualClock(), 100, () => Promise.reject(new Error('broken')))
  await expect(failing).rejects.toThrow('broken')
})
