import { cached, memoryStore, open, StoreUnavailableError } from 'holdfast'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { link } from '../../simulation/network.ts'

/** A node whose connection to the store can be cut; `loads` counts what its source was asked. */
async function node(onStoreDown: 'load' | 'stale' | 'fail') {
  const clock = virtualClock()
  const wire = link(memoryStore(), clock, () => 0)
  let loads = 0
  const price = cached({
    key: 'price:{asset}',
    about: 'Last price.',
    value: z.string(),
    ttl: '1m',
    l1: { max: 10 },
    tags: ({ asset }) => [`asset:${asset}`],
    onStoreDown,
    load: ({ asset }) => `${asset} ${++loads}`,
  })
  const state = await open({ price }, { store: wire.factory, clock })
  const settled = async <Result>(work: Promise<Result>): Promise<Result> => {
    work.catch(() => undefined)
    for (let step = 0; step < 20; step++) await clock.advance(1)
    return work
  }
  expect(await settled(state.price.get({ asset: 'SOL' }))).toBe('SOL 1')
  await settled(state.price.get({ asset: 'SOL' }))
  const { price: opened, invalidateTags } = state
  return { ...wire, clock, settled, price: opened, invalidateTags, loads: () => loads }
}

test('load: while the store is down, reads go to the source', async () => {
  const { price, cut, mend, settled } = await node('load')
  cut()
  expect(await settled(price.read({ asset: 'SOL' }))).toMatchObject({ value: 'SOL 2', tier: 'source' })
  mend()
  expect(await settled(price.get({ asset: 'SOL' }))).toBe('SOL 1')
})

test('fail: an outage of the store does not become one of the source', async () => {
  const { price, cut, mend, settled, loads } = await node('fail')
  cut()
  await expect(settled(price.get({ asset: 'SOL' }))).rejects.toThrow(StoreUnavailableError)
  await expect(settled(price.getMany([{ asset: 'SOL' }]))).rejects.toThrow(StoreUnavailableError)
  expect(loads()).toBe(1)
  mend()
  expect(await settled(price.get({ asset: 'SOL' }))).toBe('SOL 1')
})

test('stale: what memory knew is served and marked, within its ttl and maxAge; then it is forgotten', async () => {
  const { price, cut, mend, settled, loads, clock } = await node('stale')
  cut()
  expect(await settled(price.read({ asset: 'SOL' }))).toMatchObject({
    value: 'SOL 1',
    stale: true,
    tier: 'l1',
  })
  expect((await settled(price.readMany([{ asset: 'SOL' }])))[0]).toMatchObject({
    value: 'SOL 1',
    stale: true,
  })
  expect(price.peek({ asset: 'SOL' })).toBeUndefined()
  expect(loads()).toBe(1)
  expect(await settled(price.get({ asset: 'SOL' }, { maxAge: '1ms' }))).toBe('SOL 2')
  expect(await settled(price.get({ asset: 'MON' }))).toBe('MON 3')
  await clock.advance(60_000)
  expect(await settled(price.get({ asset: 'SOL' }))).toBe('SOL 4')
  mend()
  await settled(price.delete({ asset: 'SOL' }))
  expect(await settled(price.get({ asset: 'SOL' }))).toBe('SOL 5')
})

test('stale: what this process itself invalidates is not served, though the store cannot be told', async () => {
  const { price, cut, mend, settled, loads, invalidateTags } = await node('stale')
  const read = (): Promise<string | null> => settled(price.get({ asset: 'SOL' }))
  const outages: [string, (value: string) => Promise<unknown>][] = [
    ['delete', () => price.delete({ asset: 'SOL' })],
    ['expire', () => price.expire({ asset: 'SOL' })],
    ['set', () => price.set({ asset: 'SOL' }, 'new')],
    ['clear', () => price.clear()],
    ['tag', () => invalidateTags(['asset:SOL'])],
  ]
  for (const [how, invalidate] of outages) {
    const known = await read()
    await read()
    cut()
    expect(await read(), `by ${how}`).toBe(known)
    const before = loads()
    await expect(settled(invalidate('SOL')), `by ${how}`).rejects.toThrow(StoreUnavailableError)
    expect(await read(), `by ${how}`).toBe(`SOL ${before + 1}`)
    mend()
  }
})

test('stale: what was invalidated just before the store was lost is not served', async () => {
  const { price, cut, settled } = await node('stale')
  const clearing = price.clear()
  clearing.catch(() => undefined)
  cut()
  await expect(settled(clearing)).rejects.toThrow(StoreUnavailableError)
  expect(await settled(price.get({ asset: 'SOL' }))).toBe('SOL 2')
})

test.each([
  [{ onStoreDown: 'stale' }, /declare l1 as well/],
  [{ onStoreDown: 'wait' as 'load' }, /'wait' is none of/],
] as const)('%j is refused', (spec, message) => {
  expect(() => cached({ key: 'a:{id}', about: 'x', value: z.string(), ttl: '1m', ...spec })).toThrow(message)
})
