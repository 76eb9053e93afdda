import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import { KNOWN_REPEATS, type NewEvent, type Taker, type TopicStore } from './port.ts'

/** What the suite needs: the topics of one store, and keys that nobody used before. */
export interface TopicHarness {
  readonly topics: TopicStore
  /** The keys whose changes were told so far. */
  readonly changed: readonly string[]
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const HOUR = { maxLength: 100, historyMs: 3_600_000 }

function event(name: string, mayRepeat = false): NewEvent {
  return { event: name, payload: `payload of ${name}`, mayRepeat }
}

/** Topics, as every store must keep them. */
export const topicConformance: readonly ConformanceCase<TopicHarness>[] = [
  {
    name: 'events are numbered without a gap, in their order, whoever appends',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const numbers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          topics.append(key, [event(`a${index}`), event(`b${index}`)], HOUR, `line${index}`),
        ),
      )
      const sorted = numbers.flat().toSorted((a, b) => a - b)
      assert.deepEqual(
        sorted,
        Array.from({ length: 40 }, (_, index) => index + 1),
      )
      for (const [first = 0, second] of numbers) assert.equal(second, first + 1)
      const { events, last, line } = await topics.read(key, 0, 100)
      assert.equal(last, 40)
      assert.match(line, /^line\d+$/)
      assert.deepEqual(
        events.map(({ seq }) => seq),
        sorted,
      )
      const [first] = numbers[0] ?? []
      const found = events.find(({ seq }) => seq === first)
      assert.equal(found?.event, 'a0')
      assert.equal(found.payload, 'payload of a0')
    },
  },
  {
    name: 'pages go on after a number, and the latest come in their order',
    async run({ topics, freshKey }) {
      const key = freshKey()
      await topics.append(
        key,
        Array.from({ length: 10 }, (_, index) => event(`e${index + 1}`)),
        HOUR,
        'line',
      )
      const seqs = (events: readonly { readonly seq: number }[]): number[] => events.map(({ seq }) => seq)
      assert.deepEqual(seqs((await topics.read(key, 4, 3)).events), [5, 6, 7])
      assert.deepEqual(seqs((await topics.read(key, 8, 3)).events), [9, 10])
      assert.deepEqual((await topics.read(key, 10, 3)).events, [])
      assert.equal((await topics.read(key, 10, 3)).last, 10)
      assert.deepEqual(seqs((await topics.latest(key, 3)).events), [8, 9, 10])
    },
  },
  {
    name: 'a stream that never had an event has no line',
    async run({ topics, freshKey }) {
      assert.deepEqual(await topics.read(freshKey(), 0, 10), { line: '', last: 0, events: [] })
      assert.deepEqual(await topics.latest(freshKey(), 10), { line: '', last: 0, events: [] })
    },
  },
  {
    name: 'an event that comes again is left out, where it may repeat',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const batch = ['x', 'y', 'z'].map((name) => event(name, true))
      assert.deepEqual(await topics.append(key, batch.slice(0, 2), HOUR, 'line'), [1, 2])
      assert.deepEqual(await topics.append(key, batch, HOUR, 'line'), [0, 0, 3])
      assert.deepEqual(await topics.append(key, [event('x')], HOUR, 'line'), [4])
      const { events } = await topics.read(key, 0, 10)
      assert.deepEqual(
        events.map((each) => each.event),
        ['x', 'y', 'z', 'x'],
      )
    },
  },
  {
    name: 'so many that may repeat are known, and the oldest are forgotten first',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const names = Array.from({ length: KNOWN_REPEATS + 1 }, (_, index) => event(`n${index}`, true))
      await topics.append(key, names, HOUR, 'line')
      const [oldest, second] = names
      assert.ok(oldest && second)
      assert.deepEqual(await topics.append(key, [second], HOUR, 'line'), [0])
      assert.deepEqual(await topics.append(key, [oldest], HOUR, 'line'), [KNOWN_REPEATS + 2])
    },
  },
  {
    name: 'what is beyond the length is dropped, the oldest first, and numbers go on',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const bounds = { ...HOUR, maxLength: 5 }
      for (let index = 0; index < 4; index++)
        await topics.append(key, [event(`a${index}`), event(`b${index}`)], bounds, 'line')
      const { events, last } = await topics.read(key, 0, 100)
      assert.equal(last, 8)
      assert.deepEqual(
        events.map(({ seq }) => seq),
        [4, 5, 6, 7, 8],
      )
    },
  },
  {
    name: 'what is too old is dropped, and numbers go on',
    async run({ topics, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { ...HOUR, historyMs: 100 }
      await topics.append(key, [event('a'), event('b')], bounds, 'line')
      await eventually(async () => (await topics.read(key, 0, 10)).events.length === 0)
      assert.equal((await topics.read(key, 0, 10)).last, 2)
      assert.deepEqual(await topics.append(key, [event('c')], HOUR, 'other'), [3])
      assert.equal((await topics.read(key, 0, 10)).line, 'line')
      await eventually(async () => {
        await topics.append(key, [event('d')], bounds, 'line')
        return !(await topics.read(key, 0, 100)).events.some((each) => each.event === 'c')
      })
    },
  },
  {
    name: 'a group gives each event to one consumer, new ones in their order, and no more than were asked for',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const taker = (consumer: string): Taker => ({ group: 'workers', consumer, idleMs: 60_000 })
      assert.deepEqual(await topics.take(key, taker('a'), 5), { line: '', missed: 0, events: [] })
      const names = ['a', 'b', 'c', 'd', 'e']
      await topics.append(
        key,
        names.map((name) => event(name)),
        HOUR,
        'line',
      )
      const first = await topics.take(key, taker('a'), 2)
      assert.deepEqual(
        first.events.map(({ event: name, attempt, payload }) => [name, attempt, payload]),
        [
          ['a', 1, 'payload of a'],
          ['b', 1, 'payload of b'],
        ],
      )
      assert.equal(first.line, 'line')
      const others = await Promise.all([topics.take(key, taker('b'), 2), topics.take(key, taker('c'), 2)])
      const rest = others.flatMap(({ events }) => events.map((each) => each.event))
      assert.deepEqual(rest.toSorted(), ['c', 'd', 'e'])
      assert.deepEqual((await topics.take(key, taker('a'), 2)).events, [])
      const other = await topics.take(key, { group: 'others', consumer: 'a', idleMs: 60_000 }, 9)
      assert.equal(other.events.length, 5)
    },
  },
  {
    name: 'what nobody keeps alive or settles is given again, and counted',
    async run({ topics, freshKey, eventually }) {
      const key = freshKey()
      const dead = { group: 'workers', consumer: 'dead', idleMs: 60_000 }
      const alive = { group: 'workers', consumer: 'alive', idleMs: 60_000 }
      const heir = { group: 'workers', consumer: 'heir', idleMs: 50 }
      await topics.append(key, [event('left'), event('kept'), event('done')], HOUR, 'line')
      await topics.take(key, dead, 1)
      const [kept, done] = (await topics.take(key, alive, 2)).events
      assert.ok(kept && done)
      await topics.settle(key, 'workers', done.seq)
      const inherited: (readonly [string, number])[] = []
      await eventually(async () => {
        await topics.keep(key, alive, kept.seq)
        const { events } = await topics.take(key, heir, 5)
        inherited.push(...events.map((each) => [each.event, each.attempt] as const))
        return inherited.length >= 2
      })
      assert.deepEqual(inherited.slice(0, 2), [
        ['left', 2],
        ['left', 3],
      ])
    },
  },
  {
    name: 'what a dead consumer left is found behind any number that others keep alive',
    async run({ topics, freshKey, eventually }) {
      const key = freshKey()
      const names = Array.from({ length: 31 }, (_, index) => event(`e${index + 1}`))
      await topics.append(key, names, HOUR, 'line')
      const alive = { group: 'workers', consumer: 'alive', idleMs: 200 }
      const busy = (await topics.take(key, alive, 30)).events
      await topics.take(key, { ...alive, consumer: 'dead' }, 1)
      let found: number[] = []
      await eventually(async () => {
        for (const { seq } of busy) await topics.keep(key, alive, seq)
        found = (await topics.take(key, { ...alive, consumer: 'heir' }, 1)).events.map(({ seq }) => seq)
        return found.length > 0
      })
      assert.deepEqual(found, [31])
    },
  },
  {
    name: 'a group goes on where it was when all that was kept has grown too old',
    async run({ topics, freshKey, eventually }) {
      const key = freshKey()
      const brief = { ...HOUR, historyMs: 100 }
      const taker = { group: 'workers', consumer: 'a', idleMs: 10 }
      await topics.append(key, [event('a'), event('b')], brief, 'line')
      const [first, second] = (await topics.take(key, taker, 2)).events
      assert.ok(first && second)
      await topics.settle(key, 'workers', first.seq)
      await topics.settle(key, 'workers', second.seq)
      await eventually(async () => (await topics.read(key, 0, 10)).events.length === 0)
      await topics.append(key, [event('c')], HOUR, 'line')
      const { missed, events } = await topics.take(key, taker, 5)
      assert.deepEqual(
        [missed, events.map((each) => [each.event, each.seq, each.attempt])],
        [0, [['c', 3, 1]]],
      )
    },
  },
  {
    name: 'what is given up is kept apart with its reason, and not given again',
    async run({ topics, freshKey }) {
      const key = freshKey()
      const taker = { group: 'workers', consumer: 'a', idleMs: 1 }
      await topics.append(key, [event('bad')], HOUR, 'line')
      await topics.take(key, taker, 1)
      await topics.bury(key, 'workers', 1, 'no such asset', 3)
      await topics.bury(key, 'workers', 1, 'once is enough', 4)
      const [buried, ...more] = await topics.buried(key, 'workers', 10)
      assert.equal(more.length, 0)
      assert.ok(buried)
      const { atMs, ...rest } = buried
      assert.ok(atMs > 0)
      assert.deepEqual(rest, {
        seq: 1,
        event: 'bad',
        payload: 'payload of bad',
        reason: 'no such asset',
        attempts: 3,
      })
      assert.deepEqual((await topics.take(key, taker, 1)).events, [])
      assert.deepEqual(await topics.buried(key, 'others', 10), [])
    },
  },
  {
    name: 'what was dropped before a group worked on it is counted as missed',
    async run({ topics, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { ...HOUR, maxLength: 2 }
      const taker = { group: 'workers', consumer: 'a', idleMs: 10 }
      await topics.append(key, [event('a'), event('b')], bounds, 'line')
      assert.equal((await topics.take(key, taker, 1)).missed, 0)
      await topics.append(key, [event('c'), event('d'), event('e')], bounds, 'line')
      let missed = 0
      const names: string[] = []
      await eventually(async () => {
        const taken = await topics.take(key, taker, 5)
        missed += taken.missed
        names.push(...taken.events.map((each) => each.event))
        for (const { seq } of taken.events) await topics.settle(key, 'workers', seq)
        return missed === 3
      })
      assert.deepEqual(names, ['d', 'e'])
    },
  },
  {
    name: 'every change is told',
    async run({ topics, freshKey, changed, eventually }) {
      const key = freshKey()
      await topics.append(key, [event('a')], HOUR, 'line')
      await eventually(() => changed.includes(key))
    },
  },
]
