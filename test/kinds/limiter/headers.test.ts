import { DeclarationError, type Limit, limiter, open, rateLimitHeaders } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'

const trades = limiter({ key: 'trades:{user}', about: 'Trades.', rate: '2/60s', onStoreDown: 'deny' })

test('a limit as it goes on: the rule, what remains and when there is more, and when to come back', async () => {
  const clock = virtualClock()
  const state = await open({ trades }, { clock })
  onTestFinished(() => state.close())
  const next = async (): Promise<Record<string, string>> =>
    rateLimitHeaders({ trades: await state.trades.take({ user: 'u' }) })
  const policy = { 'RateLimit-Policy': '"trades";q=2;w=60' }
  expect(await next()).toEqual({ ...policy, RateLimit: '"trades";r=1;t=30' })
  await clock.advance(500)
  expect(await next()).toEqual({ ...policy, RateLimit: '"trades";r=0;t=30' })
  expect(await next()).toEqual({ ...policy, RateLimit: '"trades";r=0;t=30', 'Retry-After': '30' })
})

const some: Limit = {
  allowed: true,
  remaining: 5,
  retryAfterMs: 0,
  nextMs: 0,
  resetMs: 0,
  limit: 5,
  periodMs: 1_500,
}

test('several, the longest wait, times rounded up; without t where all is there', () => {
  const denied = { ...some, allowed: false, remaining: 0, nextMs: 1, retryAfterMs: 1_001 }
  expect(rateLimitHeaders({ all: some, one: denied, two: { ...denied, retryAfterMs: 1 } })).toEqual({
    'RateLimit-Policy': '"all";q=5;w=2, "one";q=5;w=2, "two";q=5;w=2',
    RateLimit: '"all";r=5, "one";r=0;t=1, "two";r=0;t=1',
    'Retry-After': '2',
  })
})

test('names are structured strings', () => {
  expect(rateLimitHeaders({ 'per "user"\\': some })['RateLimit']).toBe('"per \\"user\\"\\\\";r=5')
  for (const name of ['', 'ü', 'a\nb'])
    expect(() => rateLimitHeaders({ [name]: some })).toThrow(DeclarationError)
  expect(() => rateLimitHeaders({})).toThrow(DeclarationError)
})
