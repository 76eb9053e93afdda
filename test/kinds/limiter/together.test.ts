import { ClosedError, DeclarationError, limiter, memoryStore, open, takeAll } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { expect, inject, onTestFinished, test } from 'vitest'
import { roundTripsOf } from '../../../bench/round-trips.ts'
import { freshNamespace, privateRedis } from '../../servers/redis.ts'

const ofUser = limiter({
  key: 'rate:user:{user}',
  about: 'Calls of a user.',
  rate: '3/1h',
  onStoreDown: 'deny',
  slot: 'user',
})
const ofVenue = limiter({
  key: 'rate:venue:{user}:{venue}',
  about: 'Calls of a user to one venue.',
  rate: '10/1h',
  algorithm: 'sliding-log',
  onStoreDown: 'local',
  slot: 'user',
})
const elsewhere = limiter({ key: 'rate:all:{day}', about: 'All calls.', rate: '9/1h', onStoreDown: 'allow' })
const keyspaces = { ofUser, ofVenue, elsewhere }
const id = { user: 'u', venue: 'v' }

async function world(store = memoryStore()) {
  const state = await open(keyspaces, { store })
  onTestFinished(() => state.close())
  return state
}

test('all or nothing, in one round trip', async () => {
  // Its own server: all commands that reach it are counted.
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const { ofUser, ofVenue } = await world(redisStore({ url: redis.url }))
  const both = () => takeAll([ofUser.ask(id), ofVenue.ask(id, { cost: 2 })])
  expect(await both()).toMatchObject({
    allowed: true,
    retryAfterMs: 0,
    limits: [
      { allowed: true, remaining: 2, limit: 3 },
      { allowed: true, remaining: 8, limit: 10 },
    ],
  })
  expect(await roundTripsOf(redis.url, both)).toEqual(['EVALSHA'])
  await both()
  const denied = await both()
  expect(denied).toMatchObject({
    allowed: false,
    limits: [{ allowed: false }, { allowed: true, remaining: 4 }],
  })
  expect(denied.retryAfterMs).toBe(denied.limits[0]?.retryAfterMs)
  expect(await ofVenue.take(id)).toMatchObject({ remaining: 3 })
})

test('on a Cluster, keys of two slots are refused by name, those of one are not', async () => {
  const state = await world(redisStore({ cluster: inject('cluster'), namespace: freshNamespace() }))
  expect(await takeAll([state.ofUser.ask(id), state.ofVenue.ask(id)])).toMatchObject({ allowed: true })
  const error = await takeAll([state.ofUser.ask(id), state.elsewhere.ask({ day: '1' })]).catch(
    (reason) => reason,
  )
  expect(error).toBeInstanceOf(DeclarationError)
  expect(error).toMatchObject({
    message: expect.stringMatching(/rate:user:\{u\} and rate:all:1 .* same slot/),
  })
})

test('asks that do not go together are refused', async () => {
  const [one, other] = [await world(), await world()]
  const refused = (asks: Parameters<typeof takeAll>[0]) =>
    expect(takeAll(asks)).rejects.toThrow(DeclarationError)
  await refused([])
  await refused(Array.from({ length: 33 }, (_, index) => one.ofUser.ask({ user: `${index}` })))
  await refused([one.ofUser.ask(id), one.ofUser.ask(id)])
  await refused([one.ofUser.ask(id), other.ofVenue.ask(id)])
  expect(() => one.ofUser.ask(id, { cost: 4 })).toThrow(/ofUser\.take\.cost: 4 is no whole number/)
  const late = one.ofUser.ask(id)
  await one.close()
  await expect(takeAll([late])).rejects.toThrow(ClosedError)
})
