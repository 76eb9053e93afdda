import { type LiveLimits, openLive, value, values } from 'holdfast/live'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { RecordedPipe } from './wired.ts'

// The bridge without sockets, in virtual time: what one flush sends is known.
const FLUSH_MS = 100

function market(limits: Partial<LiveLimits> = {}) {
  const clock = virtualClock()
  const prices = new Map<string, string>()
  const reads: (string[] | 'all')[] = []
  const failures: unknown[] = []
  let accounts = 0
  const board = {
    read: (changed: ReadonlySet<string> | 'all'): readonly string[] =>
      changed === 'all' ? [...prices.keys()] : [...changed],
  }
  const all = values({
    key: 'prices',
    may: () => true,
    read(_, changed) {
      reads.push(changed === 'all' ? 'all' : [...changed])
      return board.read(changed).map((asset) => [asset, { asset, usd: prices.get(asset) }] as const)
    },
  })
  const one = value({
    key: 'price:{asset}',
    may: ({ asset }) => asset !== 'SECRET',
    get: async ({ asset }) => prices.get(asset),
  })
  const mine = value({
    key: 'account',
    may: () => true,
    scope: (who: string) => who,
    get: (_, who) => `${++accounts} of ${who}`,
  })
  const live = openLive([all, one, mine], {
    authenticate: (token) => ({ who: token, user: token }),
    clock,
    limits,
    onError: (error) => failures.push(error),
  })
  const tick = (asset: string, usd: string): void => {
    prices.set(asset, usd)
    live.changed(all, {}, { keys: [asset] })
    live.changed(one, { asset })
  }
  const client = async (topics: readonly string[], who = 'ada') => {
    const pipe = new RecordedPipe()
    const connection = live.connect(pipe)
    await connection.signIn(who)
    await connection.subscribe(topics)
    pipe.take()
    return { pipe, connection }
  }
  return { clock, live, tick, client, reads, board, failures, all, mine }
}

test('come whole at first, then those that changed, each key once', async () => {
  const { clock, tick, client } = market()
  tick('SOL', '1')
  tick('MON', '2')
  const { pipe } = await client(['prices'])
  await clock.advance(FLUSH_MS)
  const whole = [
    { asset: 'SOL', usd: '1' },
    { asset: 'MON', usd: '2' },
  ]
  expect(pipe.take()).toEqual([{ type: 'values', topic: 'prices', all: true, values: whole }])
  for (let usd = 3; usd <= 1_000; usd++) tick('SOL', String(usd))
  await clock.advance(FLUSH_MS)
  expect(pipe.take()).toEqual([{ type: 'values', topic: 'prices', values: [{ asset: 'SOL', usd: '1000' }] }])
  await clock.advance(10 * FLUSH_MS)
  expect(pipe.take()).toEqual([])
})

test('are read and serialised once for however many clients', async () => {
  const { clock, tick, client, reads } = market()
  const clients = await Promise.all(Array.from({ length: 10 }, () => client(['prices'])))
  await clock.advance(FLUSH_MS)
  tick('SOL', '1')
  await clock.advance(FLUSH_MS)
  expect(reads).toEqual(['all', ['SOL']])
  // The very same text.
  expect(new Set(clients.map(({ pipe }) => pipe.texts.at(-1))).size).toBe(1)
})

test('of a topic with one value are that value, and nothing while there is none', async () => {
  const { clock, tick, client } = market()
  const { pipe } = await client(['price:SOL', 'price:MON'])
  await clock.advance(FLUSH_MS)
  expect(pipe.take().map(({ values: sent }) => sent)).toEqual([[], []])
  tick('SOL', '5')
  await clock.advance(FLUSH_MS)
  expect(pipe.take()).toEqual([{ type: 'values', topic: 'price:SOL', values: ['5'] }])
})

test('a client that falls behind gets the latest of each key when it reads again; nobody else notices', async () => {
  const { clock, tick, client } = market({ pauseAtBytes: 1_000 })
  const [slow, quick] = [await client(['prices']), await client(['prices'])]
  await clock.advance(FLUSH_MS)
  slow.pipe.take()
  quick.pipe.take()
  slow.pipe.unsentBytes = 1_000
  for (let usd = 1; usd <= 20; usd++) {
    tick('SOL', String(usd))
    if (usd === 7) tick('MON', '7')
    await clock.advance(FLUSH_MS)
  }
  expect(slow.pipe.take()).toEqual([])
  expect(quick.pipe.take().length).toBe(20)
  slow.pipe.unsentBytes = 0
  await clock.advance(FLUSH_MS)
  const [caughtUp, ...more] = slow.pipe.take()
  expect([caughtUp?.['values'], more]).toEqual([
    [
      { asset: 'SOL', usd: '20' },
      { asset: 'MON', usd: '7' },
    ],
    [],
  ])
  expect(quick.pipe.take()).toEqual([])
})

test('a client that never catches up is ended after its time, with a reason', async () => {
  const { clock, tick, client, live } = market({ pauseAtBytes: 1_000, tooSlowAfterMs: 3_000 })
  const { pipe } = await client(['prices'])
  pipe.unsentBytes = 1_000
  for (let second = 0; second < 3; second++) {
    tick('SOL', String(second))
    await clock.advance(1_000)
  }
  expect(pipe.closed).toBeUndefined()
  await clock.advance(1_000)
  expect(pipe.closed).toEqual({ code: 4413, reason: 'the client does not read fast enough' })
  expect(live.counts).toEqual({ connections: 0, topics: 0, queuedEvents: 0 })
})

test('a client that does not take what it was sent is ended, also when nothing more comes for it', async () => {
  const { clock, client } = market({ pauseAtBytes: 10, tooSlowAfterMs: 3_000 })
  const { pipe } = await client(['prices'])
  pipe.isFrozen = true
  await clock.advance(FLUSH_MS)
  expect(pipe.take().length).toBe(1)
  await clock.advance(2_900)
  expect(pipe.closed).toBeUndefined()
  await clock.advance(200)
  expect(pipe.closed?.code).toBe(4413)
})

test('a tick that comes while values are read is sent by the next flush', async () => {
  const { clock, tick, client, board } = market()
  const { pipe } = await client(['prices'])
  await clock.advance(FLUSH_MS)
  pipe.take()
  const { read } = board
  board.read = (changed) => {
    const assets = read(changed)
    board.read = read
    tick('MON', '1')
    return assets
  }
  tick('SOL', '1')
  await clock.advance(FLUSH_MS)
  expect(pipe.take().map(({ values: sent }) => sent)).toEqual([[{ asset: 'SOL', usd: '1' }]])
  await clock.advance(FLUSH_MS)
  expect(pipe.take().map(({ values: sent }) => sent)).toEqual([[{ asset: 'MON', usd: '1' }]])
})

test('that cannot be read stay owed', async () => {
  const { clock, tick, client, board, failures } = market()
  const { pipe } = await client(['prices'])
  await clock.advance(FLUSH_MS)
  pipe.take()
  const { read } = board
  board.read = () => {
    throw new Error('no way in')
  }
  tick('SOL', '1')
  await clock.advance(3 * FLUSH_MS)
  expect([pipe.take(), failures.length]).toEqual([[], 3])
  board.read = read
  await clock.advance(FLUSH_MS)
  expect(pipe.take()).toMatchObject([{ values: [{ asset: 'SOL', usd: '1' }] }])
})

test('of more keys than are kept track of come whole', async () => {
  const { clock, tick, client } = market()
  const { pipe } = await client(['prices'])
  await clock.advance(FLUSH_MS)
  pipe.take()
  for (let asset = 0; asset < 1_500; asset++) tick(`A${asset}`, '1')
  await clock.advance(FLUSH_MS)
  const [whole, ...more] = pipe.take()
  expect(whole).toMatchObject({ all: true, values: { length: 1_500 } })
  expect(more).toEqual([])
})

test('of a scope are read for it alone', async () => {
  const { clock, client, live, mine } = market()
  const [ada, bob] = [await client(['account'], 'ada'), await client(['account'], 'bob')]
  await clock.advance(FLUSH_MS)
  expect([ada.pipe.take(), bob.pipe.take()]).toMatchObject([
    [{ values: ['1 of ada'] }],
    [{ values: ['2 of bob'] }],
  ])
  expect(live.followed(mine).map(({ scope }) => scope)).toEqual(['ada', 'bob'])
  live.changed(mine, {}, { scope: 'bob' })
  await clock.advance(FLUSH_MS)
  expect([ada.pipe.take().length, bob.pipe.take().length]).toEqual([0, 1])
})

test('a value that is what it was is not sent again, but to who has not got it', async () => {
  const { clock, tick, client } = market()
  const first = await client(['price:SOL'])
  tick('SOL', '5')
  await clock.advance(FLUSH_MS)
  const second = await client(['price:SOL'])
  first.pipe.take()
  tick('SOL', '5')
  await clock.advance(FLUSH_MS)
  expect([first.pipe.take(), second.pipe.take().map(({ values: sent }) => sent)]).toEqual([[], [['5']]])
  tick('SOL', '6')
  tick('SOL', '5')
  await clock.advance(FLUSH_MS)
  expect([first.pipe.take(), second.pipe.take()]).toEqual([[], []])
  tick('SOL', '6')
  await clock.advance(FLUSH_MS)
  expect([first.pipe.take(), second.pipe.take()]).toMatchObject([[{ values: ['6'] }], [{ values: ['6'] }]])
})

test('end with the last follower, and nothing is left', async () => {
  const { clock, tick, client, live } = market()
  const idle = clock.pending
  const { connection } = await client(['prices', 'price:SOL'])
  tick('SOL', '1')
  await connection.receive('{"type":"unsubscribe","topics":["prices"]}')
  expect(live.counts.topics).toBe(1)
  connection.gone()
  expect([live.counts.topics, live.counts.connections, clock.pending]).toEqual([0, 0, idle])
  live.close()
  expect(clock.pending).toBe(0)
})
