import { cached, DeclarationError, type LoadFunction, memoryStore, open, type StoreFactory } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { stores } from '../../servers/stores.ts'

const quotes = {
  quote: cached({
    key: 'quote:{pair}',
    about: 'A quote of a venue.',
    value: z.object({ price: z.string() }),
    ttl: '30s',
    staleWhileRevalidate: '1m',
    l1: { max: 100 },
    loadTimeout: '5s',
  }),
}
type Load = LoadFunction<{ readonly pair: string }, { price: string }>
const sol = { pair: 'SOL-USDC' }
const settled = () => new Promise((resolve) => setImmediate(resolve))

function world(store: StoreFactory = memoryStore()) {
  const clock = virtualClock()
  return { clock, node: () => open(quotes, { store, clock }) }
}

/** A function that answers 1, 2, 3 … */
function counting() {
  let calls = 0
  const load: Load = async () => ({ price: `${++calls}` })
  return { load, calls: () => calls }
}

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('a wrapped function is called once for a key, on all nodes together', async () => {
    const store = make()
    const [a, b] = [await open(quotes, { store }), await open(quotes, { store })]
    const { load, calls } = counting()
    const [first, second] = [a.quote.wrap(load), b.quote.wrap(load)]
    expect(await Promise.all([first(sol), first(sol)])).toEqual([{ price: '1' }, { price: '1' }])
    expect(await second(sol, { maxAge: '1m' })).toEqual({ price: '1' })
    expect(await a.quote.get(sol)).toEqual({ price: '1' })
    expect(calls()).toBe(1)
    await b.quote.delete(sol)
    expect(await second(sol)).toEqual({ price: '2' })
    await Promise.all([a.close(), b.close()])
  })

  test('what it loads is fenced as any load is', async () => {
    const store = make()
    const [a, b] = [await open(quotes, { store }), await open(quotes, { store })]
    let answer = (_price: string): void => undefined
    let asked = (): void => undefined
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const overtaken = a.quote.wrap(
      () =>
        new Promise((resolve) => {
          answer = (price) => resolve({ price })
          asked()
        }),
    )(sol)
    await isAsked
    await b.quote.set(sol, { price: 'new' })
    answer('old')
    expect(await overtaken).toEqual({ price: 'old' })
    expect([await a.quote.get(sol), await b.quote.get(sol)]).toEqual([{ price: 'new' }, { price: 'new' }])
    await Promise.all([a.close(), b.close()])
  })
})

test('its loader is told what a declared one is', async () => {
  const { clock, node } = world()
  const { quote } = await node()
  let calls = 0
  const get = quote.wrap(async ({ pair }, { setTtl, signal }) => {
    setTtl('5s')
    return { price: `${pair} ${++calls} ${signal.aborted}` }
  })
  expect(await get(sol)).toEqual({ price: 'SOL-USDC 1 false' })
  await clock.advance(5_000 + 60_000)
  expect(await get(sol)).toEqual({ price: 'SOL-USDC 2 false' })
})

test('a stale answer is loaded again behind the reader, by the function', async () => {
  const { clock, node } = world()
  const { quote } = await node()
  const { load, calls } = counting()
  const get = quote.wrap(load)
  await get(sol)
  await clock.advance(31_000)
  expect(await get(sol)).toEqual({ price: '1' })
  await clock.advance(0)
  expect([await get(sol), calls()]).toEqual([{ price: '2' }, 2])
})

test('a maxAge is a hard bound', async () => {
  const { clock, node } = world()
  const { quote } = await node()
  const { load } = counting()
  const get = quote.wrap(load)
  await get(sol)
  await clock.advance(10_000)
  expect(await get(sol, { maxAge: '20s' })).toEqual({ price: '1' })
  expect(await get(sol, { maxAge: '5s' })).toEqual({ price: '2' })
})

test('two functions share the load of a key that is under way', async () => {
  const { quote } = await world().node()
  const { load, calls } = counting()
  const both = [quote.wrap(load)(sol), quote.wrap(async () => ({ price: 'another' }))(sol)]
  expect(await Promise.all(both)).toEqual([{ price: '1' }, { price: '1' }])
  expect(calls()).toBe(1)
})

test('its failures are those of a load, for all who wait, and not kept', async () => {
  const { clock, node } = world()
  const { quote } = await node()
  let isDown = true
  const get = quote.wrap(async () => {
    if (isDown) throw new Error('venue down')
    return { price: '1' }
  })
  const failures = await Promise.allSettled([get(sol), get(sol)])
  expect(failures.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(
    Array(2).fill('HF_LOAD_FAILED'),
  )
  expect(quote.counts()).toMatchObject({ loads: 1, loadFailures: 1 })
  isDown = false
  expect(await get(sol)).toEqual({ price: '1' })
  const hanging = quote.wrap(() => new Promise(() => undefined))({ pair: 'MON' })
  hanging.catch(() => undefined)
  await settled()
  await clock.advance(5_000)
  await expect(hanging).rejects.toMatchObject({ code: 'HF_LOAD_TIMEOUT' })
  const wrong = quote.wrap(async () => ({ price: 7 as unknown as string }))
  await expect(wrong({ pair: 'ETH' })).rejects.toMatchObject({ code: 'HF_INVALID_VALUE' })
})

test('it goes before a declared loader; what is no function is refused', async () => {
  const declared = cached({
    key: 'name:{id}',
    about: 'x',
    value: z.string(),
    ttl: '1m',
    load: () => 'declared',
    loadMany: (ids) => ids.map(() => 'declared'),
  })
  const { names } = await open({ names: declared })
  const own = names.wrap(({ id }) => `own ${id}`)
  expect([await own({ id: '1' }), await names.get({ id: '2' })]).toEqual(['own 1', 'declared'])
  expect(() => names.wrap('own' as never)).toThrow(DeclarationError)
})
