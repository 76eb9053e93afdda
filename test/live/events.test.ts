import { memoryStore, open, topic } from 'holdfast'
import {
  events,
  type Followable,
  type Followed,
  type FollowOptions,
  type LiveEvent,
  type LiveLimits,
  openLive,
} from 'holdfast/live'
import { virtualClock } from 'holdfast/testing'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type Heard, RecordedPipe } from './wired.ts'

const trades = topic({
  key: 'trades:{agentId}',
  about: 'Trades.',
  value: z.object({ n: z.number() }),
  maxLength: 500,
})
const ID = { agentId: '7' }
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function desk(limits: Partial<LiveLimits> = {}) {
  const clock = virtualClock()
  const state = await open({ trades }, { store: memoryStore(), clock })
  let published = 0
  let snapshots = 0
  const held: { gate?: Promise<void>; readsLate?: true } = {}
  const plain = events({
    key: 'trades:{agentId}',
    may: () => true,
    follow: (id, options) => state.trades.subscribe(id, options),
  })
  const withSnapshot = events({
    key: 'book:{agentId}',
    may: () => true,
    follow: (id, options) => state.trades.subscribe(id, options),
    async snapshot() {
      const sum = published
      snapshots++
      await held.gate
      return { upTo: held.readsLate ? published : sum }
    },
    includes: ({ upTo }, { value }) => value.n <= upTo,
  })
  const live = openLive([plain, withSnapshot], { authenticate: (who) => ({ who }), clock, limits })
  closing.push(async () => {
    live.close()
    await state.close()
  })
  const publish = async (count = 1): Promise<void> => {
    for (let each = 0; each < count; each++) await state.trades.publish(ID, { n: ++published })
    await clock.advance(0)
  }
  const client = async (topicName: string, since?: string) => {
    const pipe = new RecordedPipe()
    const connection = live.connect(pipe)
    await connection.signIn('ada')
    const problems = await connection.subscribe(
      [topicName],
      since === undefined ? {} : { [topicName]: since },
    )
    await clock.advance(1)
    return { pipe, connection, problems }
  }
  return { clock, state, live, publish, client, held, snapshots: () => snapshots }
}

const eventsIn = (heard: readonly Heard[]) =>
  heard.flatMap((message) =>
    message.type === 'events' ? (message['events'] as LiveEvent<{ n: number }>[]) : [],
  )
const numbers = (heard: readonly Heard[]) => eventsIn(heard).map(({ value }) => value.n)
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

test('come from the subscription on, with the position to go on from', async () => {
  const { publish, client, clock } = await desk()
  await publish(3)
  const { pipe } = await client('trades:7')
  const [begun] = pipe.take('begun')
  expect(begun).toMatchObject({ topic: 'trades:7', position: expect.stringMatching(/:3$/) })
  await publish(2)
  await clock.advance(1)
  const [four] = eventsIn(pipe.heard)
  expect(four).toMatchObject({ seq: 4, value: { n: 4 }, id: expect.any(String), atMs: expect.any(Number) })
  expect(numbers(pipe.take())).toEqual([4, 5])
})

test('a snapshot that takes its time loses nothing and repeats nothing', async () => {
  const { publish, client, clock, held } = await desk()
  await publish(3)
  let letGo = (): void => undefined
  held.gate = new Promise((resolve) => (letGo = resolve))
  const { pipe } = await client('book:7')
  // It was asked, and does not know of these.
  await publish(2)
  await clock.advance(10)
  expect(pipe.take('begun', 'events')).toEqual([])
  letGo()
  await clock.advance(1)
  const heard = pipe.take('begun', 'events')
  expect(heard[0]).toMatchObject({ type: 'begun', snapshot: { upTo: 3 } })
  expect(numbers(heard)).toEqual([4, 5])
})

test('what a snapshot shows already is left out', async () => {
  const { clock, client, publish, held } = await desk()
  await publish(3)
  let letGo = (): void => undefined
  held.gate = new Promise((resolve) => (letGo = resolve))
  held.readsLate = true
  const { pipe } = await client('book:7')
  await publish(2)
  letGo()
  await clock.advance(1)
  await publish(1)
  await clock.advance(1)
  const heard = pipe.take('begun', 'events')
  expect(heard[0]).toMatchObject({ snapshot: { upTo: 5 }, position: expect.stringMatching(/:3$/) })
  expect(numbers(heard)).toEqual([6])
})

test('a client that was away goes on after its last event, without gap or repeat, while more come', async () => {
  const { publish, client, clock } = await desk({ mostQueuedEvents: 10 })
  // Somebody keeps the topic open here.
  await client('trades:7')
  const first = await client('trades:7')
  await publish(5)
  await clock.advance(1)
  const last = eventsIn(first.pipe.take()).at(-1)
  first.connection.gone()
  await publish(300)
  const back = client('trades:7', last?.position)
  for (let round = 0; round < 10; round++) await publish(10)
  const { pipe } = await back
  await publish(1)
  await clock.advance(5)
  expect(numbers(pipe.take())).toEqual(upTo(6, 406))
})

test('a client that was away for too long is told how many it misses', async () => {
  const { publish, client, clock } = await desk({ mostQueuedEvents: 10_000 })
  const first = await client('trades:7')
  await publish(1)
  await clock.advance(1)
  const { position } = eventsIn(first.pipe.take())[0] ?? {}
  first.connection.gone()
  await publish(800)
  const { pipe } = await client('trades:7', position)
  await clock.advance(5)
  const heard = pipe.take('gap', 'events')
  expect(heard[0]).toEqual({ type: 'gap', topic: 'trades:7', reason: 'trimmed', missed: 300, next: 302 })
  expect(numbers(heard)).toEqual(upTo(302, 801))
})

test('after a gap whoever has a snapshot gets a new one', async () => {
  const { publish, client, clock, snapshots } = await desk({ mostQueuedEvents: 10_000 })
  await publish(1)
  const first = await client('book:7')
  const position = first.pipe.take('begun')[0]?.['position'] as string
  first.connection.gone()
  await publish(800)
  const { pipe } = await client('book:7', position)
  await publish(1)
  await clock.advance(5)
  const heard = pipe.take('begun', 'gap', 'events')
  expect(heard.map(({ type }) => type)).toEqual(['begun', 'gap', 'begun', 'events'])
  expect(numbers(heard)).toEqual([802])
  expect(snapshots()).toBe(2)
})

test('one that does not read is queued for, within bounds, then ended with a reason; the others go on', async () => {
  const { publish, client, clock, live } = await desk({ pauseAtBytes: 1_000, mostQueuedEvents: 50 })
  const [slow, quick] = [await client('trades:7'), await client('trades:7')]
  slow.pipe.isFrozen = true
  slow.pipe.unsentBytes = 1_000
  await publish(50)
  await clock.advance(1)
  expect([live.counts.queuedEvents, slow.pipe.closed]).toEqual([50, undefined])
  await publish(1)
  await clock.advance(1)
  expect(slow.pipe.closed).toEqual({ code: 4413, reason: 'the client does not read fast enough' })
  expect(live.counts).toEqual({ connections: 1, topics: 1, queuedEvents: 0 })
  expect(numbers(quick.pipe.take())).toEqual(upTo(1, 51))
})

test('one that reads again in time gets what was queued, in order', async () => {
  const { publish, client, clock, live } = await desk({ pauseAtBytes: 1_000 })
  const { pipe } = await client('trades:7')
  pipe.take()
  pipe.unsentBytes = 1_000
  await publish(30)
  await clock.advance(100)
  expect(pipe.take()).toEqual([])
  pipe.unsentBytes = 0
  await clock.advance(20)
  await publish(1)
  await clock.advance(1)
  expect(numbers(pipe.take())).toEqual(upTo(1, 31))
  expect(live.counts.queuedEvents).toBe(0)
})

test('a position beyond the last event is told as lost, and holds back nothing', async () => {
  const { publish, client, clock } = await desk()
  await publish(3)
  const { pipe: first } = await client('trades:7')
  const [begun] = first.take('begun')
  const line = String(begun?.['position']).slice(0, -2)
  const { pipe } = await client('trades:7', `${line}:999`)
  await publish(2)
  await clock.advance(1)
  const heard = pipe.take('begun', 'gap', 'events')
  expect(heard.map(({ type }) => type).slice(0, 3)).toEqual(['begun', 'gap', 'events'])
  expect(heard[1]).toMatchObject({ reason: 'lost', missed: null, next: 4 })
  expect(numbers(heard)).toEqual([4, 5])
})

/** A topic whose events and gaps come when the test says so. */
function told() {
  const clock = virtualClock()
  const waiting: { options: FollowOptions; give: (seqs: number[]) => void }[] = []
  const snapshots: ((upTo: number) => void)[] = []
  const follow = (_id: unknown, options: FollowOptions): Followed<Followable> => {
    let wake: (seqs: number[]) => void = () => undefined
    const own = { options, give: (seqs: number[]) => wake(seqs) }
    waiting.push(own)
    return {
      ready: Promise.resolve('one:10'),
      async *[Symbol.asyncIterator]() {
        while (!options.signal.aborted)
          for (const seq of await new Promise<number[]>((resolve) => (wake = resolve)))
            yield { id: `e${seq}`, seq, position: `one:${seq}`, atMs: 0, value: { n: seq } }
      },
    }
  }
  const plain = events({ key: 'trades:{agentId}', may: () => true, follow })
  const withSnapshot = events({
    key: 'book:{agentId}',
    may: () => true,
    follow,
    snapshot: () => new Promise<{ upTo: number }>((answer) => snapshots.push((upTo) => answer({ upTo }))),
  })
  const live = openLive([plain, withSnapshot], { authenticate: (who) => ({ who }), clock })
  closing.push(async () => live.close())
  return { clock, live, waiting, snapshots }
}

async function join({ clock, live }: ReturnType<typeof told>, topicName: string, since?: string) {
  const pipe = new RecordedPipe()
  const connection = live.connect(pipe)
  await connection.signIn('ada')
  await connection.subscribe([topicName], since === undefined ? {} : { [topicName]: since })
  await clock.advance(1)
  return pipe
}

test('events that are lost while a snapshot is read make it be read again', async () => {
  const world = told()
  const { clock, waiting, snapshots } = world
  const pipe = await join(world, 'book:7')
  waiting[0]?.options.onGap({ reason: 'trimmed', missed: 5, next: 16 })
  await clock.advance(1)
  snapshots[0]?.(10)
  await clock.advance(1)
  expect(pipe.take('begun', 'gap')).toEqual([])
  snapshots[1]?.(15)
  waiting[0]?.give([16])
  await clock.advance(1)
  const heard = pipe.take('begun', 'gap', 'events')
  expect(heard[0]).toMatchObject({ type: 'begun', position: 'one:15', snapshot: { upTo: 15 } })
  expect(numbers(heard)).toEqual([16])
})

test('a store that came back as it was before: the numbers that are given again are no repeats', async () => {
  const world = told()
  const { clock, waiting } = world
  const pipe = await join(world, 'trades:7')
  waiting[0]?.give([11, 12, 13])
  await clock.advance(1)
  // This one has more to read by itself when it happens.
  const late = await join(world, 'trades:7', 'one:5')
  waiting[1]?.give([6, 7])
  await clock.advance(1)
  waiting[0]?.options.onGap({ reason: 'lost', missed: null, next: 12 })
  await clock.advance(1)
  // What it had read was of the store before.
  waiting[1]?.give([12, 13])
  waiting[2]?.give([8, 9, 10, 11])
  waiting[0]?.give([12, 13])
  await clock.advance(1)
  const heard = pipe.take('gap', 'events')
  expect(heard.map(({ type }) => type)).toEqual(['events', 'gap', 'events'])
  expect(numbers(heard)).toEqual([11, 12, 13, 12, 13])
  expect(numbers(late.take('events'))).toEqual(upTo(6, 13))
})

test('a position that is none is answered, and spoils nothing', async () => {
  const { client, publish, clock, live } = await desk()
  const { pipe, connection, problems } = await client('trades:7', 'yesterday')
  expect(problems).toMatchObject([{ code: 'UNKNOWN_POSITION' }])
  expect(live.counts.topics).toBe(0)
  await connection.subscribe(['trades:7'])
  await publish(1)
  await clock.advance(1)
  expect(numbers(pipe.take())).toEqual([1])
})

test('nothing is read any more when the last one has left', async () => {
  const { client, clock, live } = await desk()
  const idle = clock.pending
  const clients = [await client('trades:7'), await client('book:7')]
  expect(live.counts.topics).toBe(2)
  for (const { connection } of clients) connection.gone()
  expect([live.counts.topics, clock.pending]).toEqual([0, idle])
})
