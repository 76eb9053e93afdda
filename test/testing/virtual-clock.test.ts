import { every, sleep } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'

test('callbacks run in the order of their time, promise work settled in between', async () => {
  const clock = virtualClock()
  const seen: string[] = []
  clock.after(20, () => seen.push(`b@${clock.now()}`))
  clock.after(10, () => {
    void Promise.resolve().then(() => seen.push(`a@${clock.now()}`))
  })
  await clock.advance(30)
  expect(seen).toEqual(['a@10', 'b@20'])
  expect(clock.now()).toBe(30)
})

test('every ticks until cancelled, also when a tick fails', async () => {
  const clock = virtualClock()
  let ticks = 0
  const timer = every(clock, 10, () => {
    ticks++
    throw new Error('a tick failed')
  })
  await clock.advance(35)
  timer.cancel()
  await clock.advance(100)
  expect(ticks).toBe(3)
  expect(clock.pending).toBe(0)
})

test('sleep ends with the reason of its signal', async () => {
  const clock = virtualClock()
  const abort = new AbortController()
  const sleeping = sleep(clock, 1_000, abort.signal)
  abort.abort(new Error('enough'))
  await expect(sleeping).rejects.toThrow('enough')
  expect(clock.pending).toBe(0)
})
