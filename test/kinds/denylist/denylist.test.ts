import {
  ClosedError,
  DeniedError,
  denylist,
  InvalidIdError,
  InvalidValueError,
  open,
  RevocationUnknownError,
  type StoreFactory,
  systemClock,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { virtualClock } from 'holdfast/testing'
import { expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../servers/eventually.ts'
import { stores } from '../../servers/stores.ts'
import { mortalRedis, useTruth } from '../session/truth.ts'

const denied = denylist({
  key: 'denied:{jti}',
  about: 'Tokens that were revoked.',
  longest: '1d',
  mostVerdicts: 3,
})
const inAnHour = (): Date => new Date(systemClock.wall() + 3_600_000)

const { truth, setDown } = useTruth()

async function node(store?: StoreFactory, clock = systemClock) {
  const state = await open({ denied }, { truth: truth(), clock, ...(store && { store }) })
  onTestFinished(() => state.close())
  return state
}

test.each(Object.entries(stores))(
  'on %s what was denied is denied at once, and nothing else',
  async (_name, make) => {
    const store = make()
    const [here, there] = [await node(store), await node(store)]
    expect(await there.denied.isDenied({ jti: 't1' })).toBe(false)
    await here.denied.deny({ jti: 't1' }, inAnHour())
    expect(await there.denied.isDenied({ jti: 't1' })).toBe(true)
    expect(await there.denied.isDenied({ jti: 't2' })).toBe(false)
    expect(await there.audit()).toMatchObject({ isClean: true })
  },
)

test('it is denied whatever Redis has lost, and without Redis', async () => {
  const redis = await mortalRedis()
  const store = redisStore({ url: redis.url, commandTimeout: '300ms' })
  const [here, there] = [await node(store), await node(store)]
  await redis.snapshot()
  await here.denied.deny({ jti: 'before' }, inAnHour())
  await redis.restart('old')
  await eventually(async () => {
    expect(await there.denied.isDenied({ jti: 'before' })).toBe(true)
    return there.ping().then(
      () => true,
      () => false,
    )
  }, 15_000)
  expect(await there.denied.isDenied({ jti: 'before' })).toBe(true)
  redis.kill()
  await eventually(async () =>
    there.ping().then(
      () => false,
      () => true,
    ),
  )
  await here.denied.deny({ jti: 'without' }, inAnHour())
  for (const jti of ['before', 'without']) expect(await there.denied.isDenied({ jti })).toBe(true)
  expect(await there.denied.isDenied({ jti: 'other' })).toBe(false)
})

test('when neither can answer, it is an error, and never a no', async () => {
  const redis = await mortalRedis()
  const here = await node(redisStore({ url: redis.url, commandTimeout: '300ms' }))
  await here.denied.deny({ jti: 'known' }, inAnHour())
  setDown(true)
  redis.kill()
  await eventually(async () =>
    here.ping().then(
      () => false,
      () => true,
    ),
  )
  for (const jti of ['known', 'other'])
    await expect(here.denied.isDenied({ jti })).rejects.toThrow(RevocationUnknownError)
  await expect(here.denied.deny({ jti: 'other' }, inAnHour())).rejects.toThrow(RevocationUnknownError)
  setDown(false)
  expect(await here.denied.isDenied({ jti: 'known' })).toBe(true)
  expect(await here.denied.isDenied({ jti: 'other' })).toBe(false)
})

test('Redis alone is enough for a yes, and not for a no', async () => {
  const here = await node(Object.values(stores)[1]?.())
  await here.denied.deny({ jti: 'known' }, inAnHour())
  setDown(true)
  await eventually(async () => {
    expect(await here.denied.isDenied({ jti: 'known' })).toBe(true)
    return here.denied.isDenied({ jti: 'other' }).then(
      () => false,
      (error: unknown) => error instanceof RevocationUnknownError,
    )
  })
})

test('it is denied until its end, and no longer', async () => {
  const clock = virtualClock()
  const { denied } = await node(undefined, clock)
  await denied.deny({ jti: 'a' }, new Date(clock.wall() + 10_000))
  await clock.advance(69_000)
  expect(await denied.isDenied({ jti: 'a' })).toBe(true)
  await clock.advance(2_000)
  await denied.deny({ jti: 'b' }, new Date(clock.wall() - 120_000))
  expect(await denied.isDenied({ jti: 'b' })).toBe(false)
})

test('an end that is none, or beyond what is declared, is refused', async () => {
  const state = await node()
  for (const until of [new Date(NaN), new Date(systemClock.wall() + 2 * 86_400_000), 'soon' as never])
    await expect(state.denied.deny({ jti: 'a' }, until)).rejects.toThrow(InvalidValueError)
  await expect(state.denied.deny({ jti: '' }, inAnHour())).rejects.toThrow(InvalidIdError)
  await state.close()
  await expect(state.denied.isDenied({ jti: 'a' })).rejects.toThrow(ClosedError)
})

test('a verdict is asked for once, and dies with its token', async () => {
  const clock = virtualClock()
  const { denied } = await node(undefined, clock)
  let asked = 0
  const verify = async (token: string) => {
    asked++
    if (token.startsWith('bad')) throw new Error('signature')
    return { id: { jti: token }, until: new Date(clock.wall() + 10_000), value: { user: token } }
  }
  const many = await Promise.all(Array.from({ length: 10 }, () => denied.verdict('v1', verify)))
  expect(many[9]).toEqual({ user: 'v1' })
  expect(asked).toBe(1)
  await clock.advance(9_999)
  await denied.verdict('v1', verify)
  expect(asked).toBe(1)
  await clock.advance(1)
  await denied.verdict('v1', verify)
  expect(asked).toBe(2)
  for (let n = 0; n < 2; n++) await expect(denied.verdict('bad', verify)).rejects.toThrow('signature')
  expect(asked).toBe(4)
  await denied.deny({ jti: 'v1' }, new Date(clock.wall() + 10_000))
  await expect(denied.verdict('v1', verify)).rejects.toThrow(DeniedError)
  for (const token of ['v2', 'v3', 'v4', 'v1']) await denied.verdict(token, verify).catch(() => undefined)
  // Three are kept: v1 was used before the others, and is asked for again.
  expect(asked).toBe(8)
})

test.each<[string, object]>([
  ['longest', { longest: '0s' }],
  ['mostVerdicts', { mostVerdicts: 0 }],
  ['ttl', { ttl: '1h' }],
])('a declaration with a wrong %s is refused', (field, wrong) => {
  expect(() => denylist({ key: 'denied:{jti}', about: 'x', ...wrong })).toThrow(
    expect.objectContaining({ code: 'HF_DECLARATION', field: expect.stringContaining(field) as string }),
  )
})
