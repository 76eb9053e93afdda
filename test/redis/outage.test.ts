import { createClient } from '@redis/client'
import { cached, lock, open, type State, StoreTimeoutError, StoreUnavailableError } from 'holdfast'
import { type EmbeddedRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { proxyTo } from '../servers/proxy.ts'
import { privateRedis } from '../servers/redis.ts'

// A Redis that is slow, hung, cut off, flushed or gone. Nothing hangs, nothing is sent twice, all recovers.

const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: z.string(),
  ttl: '1m',
  l1: { max: 1_000 },
  load: ({ asset }) => `loaded ${asset}`,
})
const stop = lock({ key: 'lock:{id}', about: 'One at a time.', lease: '10s' })
const sol = { asset: 'SOL' }

let redis: EmbeddedRedis
let cli: ReturnType<typeof createClient>
const states: State<{ price: typeof price; stop: typeof stop }>[] = []
const node = async (): Promise<(typeof states)[number]> => {
  const state = await open(
    { price, stop },
    { store: redisStore({ url: redis.url, commandTimeout: '300ms' }) },
  )
  states.push(state)
  return state
}

beforeAll(async () => {
  redis = await privateRedis()
  cli = createClient({ url: redis.url })
  await cli.connect()
})
afterEach(async () => {
  await Promise.all(states.splice(0).map((state) => state.close()))
  await cli.sendCommand(['FLUSHALL'])
})
afterAll(async () => {
  cli.destroy()
  await redis.stop()
})

/** Freezes the server: it accepts bytes and answers nothing. */
async function whileHung(work: () => Promise<void>): Promise<void> {
  process.kill(redis.pid, 'SIGSTOP')
  try {
    await work()
  } finally {
    process.kill(redis.pid, 'SIGCONT')
  }
}

test('a set while the connection is down fails at once, and is not sent once it is up', async () => {
  const proxy = await proxyTo(redis.url)
  const state = await open({ price }, { store: redisStore({ url: proxy.url, commandTimeout: '5s' }) })
  proxy.refuse(true)
  proxy.cut()
  await eventually(async () => (await state.ping().catch(() => 'down')) === 'down')
  const startedMs = performance.now()
  await expect(state.price.set(sol, 'late')).rejects.toThrow(StoreUnavailableError)
  expect(performance.now() - startedMs).toBeLessThan(2_000)
  proxy.refuse(false)
  await eventually(async () => (await state.ping().catch(() => 'down')) === 'redis')
  expect(await cli.sendCommand(['EXISTS', 'holdfast:price:SOL'])).toBe(0)
  await state.close()
  await proxy.close()
})

test('a hung server: reads go to the loader, writes and locks say that they do not know', async () => {
  const { price, stop } = await node()
  await price.set(sol, 'old')
  await whileHung(async () => {
    expect(price.peek(sol)).toBe('old')
    const [read, write, acquire] = await Promise.allSettled([
      price.get({ asset: 'OTHER' }),
      price.set(sol, 'new'),
      stop.run({ id: '1' }, async () => 'ran'),
    ])
    expect(read).toMatchObject({ value: 'loaded OTHER' })
    expect(write).toMatchObject({ reason: expect.any(StoreTimeoutError) as Error })
    expect(acquire).toMatchObject({ reason: expect.any(StoreTimeoutError) as Error })
    // After a write of unknown outcome memory claims nothing.
    expect(price.peek(sol)).toBeUndefined()
  })
  await eventually(async () => (await price.get(sol)) === 'new')
})

test('an answer that came in time is not late because this process was busy', async () => {
  const { price, stop } = await node()
  const asked = Promise.all([price.set(sol, 'new'), stop.run({ id: '1' }, async () => 'ran')])
  await new Promise((resolve) => setImmediate(resolve))
  const endMs = performance.now() + 500
  while (performance.now() < endMs);
  expect(await asked).toEqual([{ tiers: ['l1', 'l2'] }, 'ran'])
})

test('without a loader, no answer is an error and not the absence of a value', async () => {
  const note = cached({ key: 'note:{id}', about: 'Notes.', value: z.string(), ttl: '1m' })
  const state = await open({ note }, { store: redisStore({ url: redis.url, commandTimeout: '300ms' }) })
  await state.note.set({ id: '1' }, 'hello')
  await whileHung(async () => {
    await expect(state.note.get({ id: '1' })).rejects.toThrow(StoreTimeoutError)
    // Known to be silent by now: nothing is sent, and nobody waits.
    await expect(state.note.getMany([{ id: '1' }, { id: '2' }])).rejects.toThrow(StoreUnavailableError)
  })
  await eventually(async () => (await state.note.get({ id: '1' }).catch(() => 'down')) === 'hello')
  await state.close()
})

test('a hung server makes callers wait once: after its first silence they are answered without it, until it speaks', async () => {
  const { price, stop } = await node()
  await price.get(sol)
  await whileHung(async () => {
    // Found out by the first who ask.
    await Promise.all([price.get({ asset: 'A' }), price.get({ asset: 'B' })])
    const startedMs = performance.now()
    for (let read = 0; read < 20; read++)
      expect(await price.get({ asset: `after${read}` })).toBe(`loaded after${read}`)
    await expect(price.set(sol, 'x')).rejects.toThrow(/was silent for 300 ms; not sent/)
    await expect(stop.run({ id: '1' }, async () => 'ran')).rejects.toThrow(StoreUnavailableError)
    // Twenty deadlines would be six seconds.
    expect(performance.now() - startedMs).toBeLessThan(300)
  })
  await eventually(() =>
    price.set(sol, 'back').then(
      () => true,
      () => false,
    ),
  )
  expect(await price.get(sol)).toBe('back')
})

test('a cut connection: memory is forgotten, and follows again when it is back', async () => {
  const [a, b] = [await node(), await node()]
  await a.price.set(sol, 'old')
  await eventually(async () => (await b.price.get(sol)) === 'old' && b.price.peek(sol) === 'old')
  await cli.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  await eventually(() => b.price.peek(sol) === undefined)
  expect(['old', 'loaded SOL']).toContain(await b.price.get(sol))
  await eventually(async () => (await b.price.read(sol)).tier !== 'source')
  await eventually(() =>
    a.price.set(sol, 'new').then(
      () => true,
      () => false,
    ),
  )
  await eventually(async () => (await b.price.get(sol)) === 'new' && b.price.peek(sol) === 'new')
})

test('while it is away, calls fail at once instead of waiting in a queue', async () => {
  const { price, stop } = await node()
  await cli.sendCommand(['CONFIG', 'SET', 'maxclients', '1'])
  await cli.sendCommand(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  try {
    await eventually(() =>
      price.set(sol, 'x').then(
        () => false,
        (error: unknown) => error instanceof StoreUnavailableError,
      ),
    )
    expect(await price.get(sol)).toBe('loaded SOL')
    await expect(stop.run({ id: '1' }, async () => 'ran')).rejects.toThrow(StoreUnavailableError)
  } finally {
    await cli.sendCommand(['CONFIG', 'SET', 'maxclients', '10000'])
  }
  await eventually(() =>
    price.set(sol, 'back').then(
      () => true,
      () => false,
    ),
  )
  expect(await price.get(sol)).toBe('back')
})

test('what was flushed is forgotten by memory too', async () => {
  const { price } = await node()
  await price.set(sol, 'old')
  await cli.sendCommand(['FLUSHDB'])
  await eventually(() => price.peek(sol) === undefined)
  await price.set(sol, 'new')
  expect(price.peek(sol)).toBe('new')
})

test('scripts that the server forgot are sent again', async () => {
  const { price } = await node()
  await price.get({ asset: 'A' })
  await cli.sendCommand(['SCRIPT', 'FLUSH'])
  expect(await price.get({ asset: 'B' })).toBe('loaded B')
  expect(await cli.get('holdfast:price:B')).toContain('"loaded B"')
})

test('a full server: writes are refused with its reason, reads go on', async () => {
  const { price } = await node()
  await cli.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
  try {
    await expect(price.set(sol, 'x')).rejects.toThrow(/Redis refused: .*OOM/)
    expect(await price.get(sol)).toBe('loaded SOL')
  } finally {
    await cli.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
  }
  await price.set(sol, 'room again')
  expect(await price.get(sol)).toBe('room again')
})

test('a full server: what is there can be deleted, expired, cleared and invalidated by tag', async () => {
  const loads: string[] = []
  const quote = cached({
    key: 'quote:{asset}',
    about: 'Quotes.',
    value: z.string(),
    ttl: '1m',
    tags: () => ['quotes'],
    load: ({ asset }) => `load ${loads.push(asset)}`,
  })
  const state = await open({ quote }, { store: redisStore({ url: redis.url, commandTimeout: '300ms' }) })
  const invalidations = {
    delete: () => state.quote.delete(sol),
    expire: () => state.quote.expire(sol),
    clear: () => state.quote.clear(),
    tag: () => state.invalidateTags(['quotes']),
  }
  for (const [how, invalidate] of Object.entries(invalidations)) {
    const known = await state.quote.get(sol)
    expect(await state.quote.get(sol), `by ${how}`).toBe(known)
    await cli.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    try {
      await invalidate()
      expect(await state.quote.get(sol), `by ${how}`).not.toBe(known)
    } finally {
      await cli.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    }
  }
  await state.close()
})

test('a connection that looks up and is dead: memory is not trusted any more, without anybody asking', async () => {
  const proxy = await proxyTo(redis.url)
  const url = proxy.url
  const cutOff = await open({ price }, { store: redisStore({ url, commandTimeout: '300ms' }) })
  const other = await node()
  await cutOff.price.get(sol)
  expect(await cutOff.price.get(sol)).toBe('loaded SOL')
  expect(cutOff.price.peek(sol)).toBe('loaded SOL')
  proxy.loseAnswers()
  await other.price.set(sol, 'new')
  await eventually(() => cutOff.price.peek(sol) === undefined, 2_500)
  await cutOff.close()
  await proxy.close()
})

test('a hung server: memory is not trusted while it is silent, and again after its first answer', async () => {
  const { price } = await node()
  await eventually(async () => (await price.read(sol)).tier === 'l1')
  await whileHung(() => eventually(() => price.peek(sol) === undefined, 2_500))
  await eventually(async () => (await price.read(sol)).tier === 'l1')
  expect(price.peek(sol)).toBe('loaded SOL')
})

test('a server that hangs while another node loads: nobody waits for that node any more', async () => {
  let answer = (): void => undefined
  const asked = new Promise<void>((resolve) => (answer = resolve))
  const loading: string[] = []
  const slow = (name: string) =>
    cached({
      key: 'slow:{id}',
      about: 'Takes its time on one node.',
      value: z.string(),
      ttl: '1m',
      load: () => {
        loading.push(name)
        return name === 'first' ? asked.then(() => name) : name
      },
    })
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) =>
      open({ slow: slow(name) }, { store: redisStore({ url: redis.url, commandTimeout: '300ms' }) }),
    ),
  )
  if (!first || !second) throw new Error('two nodes')
  const one = first.slow.get({ id: '1' })
  await eventually(() => loading.length > 0)
  const other = second.slow.get({ id: '1' })
  // By then it has looked, has asked for the ticket, and waits.
  for (let roundTrip = 0; roundTrip < 5; roundTrip++) await second.ping()
  expect(loading).toEqual(['first'])
  await whileHung(async () => {
    const startedMs = performance.now()
    expect(await other).toBe('second')
    // A ping that is due within a second, and its silence; the load itself may take ten.
    expect(performance.now() - startedMs).toBeLessThan(2_500)
  })
  answer()
  expect(await one).toBe('first')
  await first.close()
  await second.close()
})

test('a server that cannot be reached is an error at open that names the setting, without its password', async () => {
  const opening = open(
    { price },
    { store: redisStore({ url: 'redis://user:secret@127.0.0.1:1', connectTimeout: '500ms' }) },
  )
  await expect(opening).rejects.toThrow(StoreUnavailableError)
  await expect(opening).rejects.toThrow(
    /cannot use Redis at redis:\/\/user:\*\*\*@127\.0\.0\.1:1 within 500 ms: .*ECONNREFUSED.*redisStore\.url/,
  )
})

test('a wrong password is an error at open', async () => {
  const url = new URL(redis.url)
  url.password = 'wrong'
  const opening = open({ price }, { store: redisStore({ url: url.href, connectTimeout: '1s' }) })
  await expect(opening).rejects.toThrow(/WRONGPASS/)
})

test.each([
  '',
  'localhost:6379',
  'http://localhost',
  'redis//x',
  'redis://:p@ss@[::',
  'redis:localhost:6379',
  'redis://localhost/cache',
  'redis://localhost/1/2',
  'redis://user:50%@localhost',
  'unix:',
  'unix:///',
])("'%s' is no Redis URL", (url) => {
  expect(() => redisStore({ url })).toThrow(/^redisStore\.url: is no Redis URL/)
})
