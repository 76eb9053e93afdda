import { createClient } from '@redis/client'
import {
  ClosedError,
  DeclarationError,
  type Gap,
  InvalidValueError,
  open,
  type State,
  type StoreFactory,
  type SubscribeOptions,
  type Subscription,
  topic,
  type TopicEvent,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { proxyTo } from '../../servers/proxy.ts'
import { freshNamespace, freshRedis, privateRedis } from '../../servers/redis.ts'
import { topologies } from '../../servers/stores.ts'

// Subscribers get every event once, in order, or are told what they missed.

const ticks = topic({ key: 'ticks:{asset}', about: 'Of a market.', value: z.number() })
const few = topic({ key: 'few:{asset}', about: 'Few are kept.', value: z.number(), maxLength: 3 })
const keyspaces = { ticks, few }
type Market = State<typeof keyspaces>
const id = { asset: 'SOL' }

const markets: Market[] = []
async function openMarket(store: StoreFactory): Promise<Market> {
  const market = await open(keyspaces, { store })
  markets.push(market)
  return market
}
afterEach(async () => {
  await Promise.all(markets.splice(0).map((market) => market.close()))
})

/** Collects what comes, until it is told to stop. */
function collect(subscription: Subscription<number>): TopicEvent<number>[] {
  const events: TopicEvent<number>[] = []
  void (async () => {
    for await (const event of subscription) events.push(event)
  })()
  return events
}
const valuesOf = (events: readonly TopicEvent<number>[]): number[] => events.map(({ value }) => value)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe.each(Object.entries(topologies))('%s', (_name, make) => {
  test('every subscriber in every process gets each event once, in order, from its call on', async () => {
    const store = make()
    const [one, two] = [await openMarket(store), await openMarket(store)]
    await one.ticks.publish(id, 0)
    const subscriptions = [one, one, two].map(({ ticks: opened }) => opened.subscribe(id))
    await Promise.all(subscriptions.map(({ ready }) => ready))
    for (const value of upTo(300)) void (value % 2 ? one : two).ticks.publish(id, value)
    const received = subscriptions.map(collect)
    await eventually(() => received.every(({ length }) => length === 300))
    const [first = []] = received
    expect(valuesOf(first).toSorted((a, b) => a - b)).toEqual(upTo(300))
    expect(first.map(({ seq }) => seq)).toEqual(upTo(300).map((seq) => seq + 1))
    for (const each of received) expect(each).toEqual(first)
  })

  test('whoever was away goes on after any event, without gap or repeat', async () => {
    const { ticks: opened } = await openMarket(make())
    const gaps: Gap[] = []
    const received: number[] = []
    let position = 'start'
    for (const value of upTo(50)) await opened.publish(id, value)
    while (received.length < 150) {
      for await (const event of opened.subscribe(id, { since: position, onGap: (gap) => gaps.push(gap) })) {
        received.push(event.value)
        position = event.position
        if (received.length % 50 === 0) break
      }
      const next = upTo(50).map((value) => received.length + value)
      await Promise.all(next.map((value) => opened.publish(id, value)))
    }
    expect(received.toSorted((a, b) => a - b)).toEqual(upTo(150))
    expect(gaps).toEqual([])
  })

  test('what was dropped before it was read is told, with how many', async () => {
    const { few: opened } = await openMarket(make())
    const gaps: Gap[] = []
    const subscription = opened.subscribe(id, { onGap: (gap) => gaps.push(gap) })
    await subscription.ready
    for (const value of upTo(10)) await opened.publish(id, value)
    const received = collect(subscription)
    await eventually(() => received.length === 3)
    expect(gaps).toEqual([{ reason: 'trimmed', missed: 7, next: 8 }])
    for (const value of upTo(10)) await opened.publish(id, value + 10)
    await eventually(() => received.at(-1)?.value === 20)
    const since = received[0]?.position ?? ''
    const late = collect(opened.subscribe(id, { since, onGap: (gap) => gaps.push(gap) }))
    await eventually(() => late.length === 3)
    expect(valuesOf(late)).toEqual([18, 19, 20])
    expect(gaps.at(-1)).toEqual({ reason: 'trimmed', missed: 9, next: 18 })
  })

  test('who takes all that is kept misses nothing by what is not', async () => {
    const { few: opened } = await openMarket(make())
    const gaps: Gap[] = []
    for (const value of upTo(5)) await opened.publish(id, value)
    const received = collect(opened.subscribe(id, { since: 'start', onGap: (gap) => gaps.push(gap) }))
    await eventually(() => received.length === 3)
    expect([valuesOf(received), gaps]).toEqual([[3, 4, 5], []])
  })

  test('a position beyond the last event is told as lost, and what comes next comes', async () => {
    const { ticks: opened } = await openMarket(make())
    const gaps: Gap[] = []
    await opened.publish(id, 1)
    const [first] = await opened.history(id)
    const since = first?.position.replace(/1$/, '1000')
    const received = collect(
      opened.subscribe(id, { since, onGap: (gap) => gaps.push(gap) } as SubscribeOptions),
    )
    await eventually(() => gaps.length === 1)
    await opened.publish(id, 2)
    await eventually(() => received.length === 1)
    expect(valuesOf(received)).toEqual([2])
    expect(gaps).toEqual([{ reason: 'lost', missed: null, next: 2 }])
  })

  test('an event that is published again under its id is left out', async () => {
    const { ticks: opened } = await openMarket(make())
    expect(await opened.publish(id, 1, { eventId: 'x' })).toEqual({ id: 'x', seq: 1 })
    expect(await opened.publish(id, 1, { eventId: 'x' })).toEqual({ id: 'x', seq: 0 })
    expect(valuesOf(await opened.history(id))).toEqual([1])
  })

  test('it ends with its signal, and with the state', async () => {
    const market = await openMarket(make())
    const over = new AbortController()
    const ended: string[] = []
    const follow = async (name: string, signal?: AbortSignal): Promise<void> => {
      for await (const _ of market.ticks.subscribe(id, signal ? { signal } : {})) ended.push('an event')
      ended.push(name)
    }
    const following = [follow('by signal', over.signal), follow('by close')]
    over.abort()
    await eventually(() => ended.length === 1)
    await market.close()
    await Promise.all(following)
    expect(ended).toEqual(['by signal', 'by close'])
    expect(() => market.ticks.subscribe(id)).toThrow(ClosedError)
  })

  test('what is no event and no position is refused by name', async () => {
    const { ticks: opened } = await openMarket(make())
    await expect(opened.publish(id, 'x' as unknown as number)).rejects.toThrow(InvalidValueError)
    await expect(opened.publish(id, null as unknown as number)).rejects.toThrow(InvalidValueError)
    await expect(opened.publish(id, 1, { eventId: '' })).rejects.toThrow(/ticks\.publish\.eventId/)
    expect(() => opened.subscribe(id, { since: 'yesterday' })).toThrow(/ticks\.subscribe\.since/)
    await expect(opened.history(id, 0)).rejects.toThrow(DeclarationError)
  })
})

test('a stream that Redis lost is told as lost, and followed from its new beginning', async () => {
  const { url, namespace } = freshRedis()
  const { ticks: opened } = await openMarket(redisStore({ url, namespace }))
  const cli = await createClient({ url }).connect()
  onTestFinished(() => cli.destroy())
  const gaps: Gap[] = []
  for (const value of upTo(5)) await opened.publish(id, value)
  const received = collect(opened.subscribe(id, { since: 'start', onGap: (gap) => gaps.push(gap) }))
  await eventually(() => received.length === 5)
  const keys = [`${namespace}:ticks:SOL`, `${namespace}:~e:{${namespace}:ticks:SOL}`]
  expect(await cli.sendCommand(['DEL', ...keys])).toBe(2)
  await opened.publish(id, 6)
  await opened.publish(id, 7)
  await eventually(() => received.length === 7)
  expect(valuesOf(received)).toEqual(upTo(7))
  expect(received.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 1, 2])
  expect(gaps).toEqual([{ reason: 'lost', missed: null, next: 1 }])
})

test('a Redis that comes back as it was before is told as lost, and numbers that come again are read', async () => {
  const { url, namespace } = freshRedis()
  const { ticks: opened } = await openMarket(redisStore({ url, namespace }))
  const cli = await createClient({ url }).connect()
  onTestFinished(() => cli.destroy())
  const [stream, line] = [`${namespace}:ticks:SOL`, `${namespace}:~e:{${namespace}:ticks:SOL}`]
  const gaps: Gap[] = []
  for (const value of upTo(5)) await opened.publish(id, value)
  const received = collect(opened.subscribe(id, { since: 'start', onGap: (gap) => gaps.push(gap) }))
  await eventually(() => received.length === 5)
  // As after a crash that took the last second with it, or a replica that was behind and is primary now.
  const older = cli.multi()
  for (const command of [
    ['HSET', line, 'seq', '3'],
    ['XDEL', stream, '4-0', '5-0'],
    ['XSETID', stream, '3-0'],
  ])
    older.addCommand(command)
  await older.exec()
  await eventually(() => gaps.length === 1)
  for (const value of [6, 7, 8]) await opened.publish(id, value)
  await eventually(() => received.length === 8)
  expect(received.map(({ seq, value }) => [seq, value])).toEqual([
    ...upTo(5).map((value) => [value, value]),
    [4, 6],
    [5, 7],
    [6, 8],
  ])
  expect(gaps).toEqual([{ reason: 'lost', missed: null, next: 4 }])
})

test('an event that this process cannot read is left out, and the others come', async () => {
  const factory = redisStore(freshRedis())
  const other = topic({ key: 'ticks:{asset}', about: 'Of an older version.', value: z.any() })
  const older = await open({ ticks: other }, { store: factory })
  onTestFinished(() => older.close())
  const { ticks: opened } = await openMarket(factory)
  await older.ticks.publish(id, 1)
  await older.ticks.publish(id, 'two')
  await older.ticks.publish(id, 3)
  expect(valuesOf(await opened.history(id))).toEqual([1, 3])
})

test('an outage is waited out: what came meanwhile comes afterwards', async () => {
  const redis = await privateRedis()
  onTestFinished(() => redis.stop())
  const proxy = await proxyTo(redis.url)
  onTestFinished(() => proxy.close())
  const namespace = freshNamespace()
  const cutOff = await openMarket(redisStore({ url: proxy.url, namespace, commandTimeout: '300ms' }))
  const market = await openMarket(redisStore({ url: redis.url, namespace }))
  const received = collect(cutOff.ticks.subscribe(id))
  await eventually(async () => {
    await market.ticks.publish(id, 0)
    return received.length > 0
  })
  proxy.refuse(true)
  proxy.cut()
  for (const value of upTo(10)) await market.ticks.publish(id, value)
  proxy.refuse(false)
  await eventually(() => received.at(-1)?.value === 10, 10_000)
  expect(valuesOf(received).slice(-10)).toEqual(upTo(10))
})
