import { cached, memoryStore, open, systemClock } from 'holdfast'
import { expect, test } from 'vitest'
import { z } from 'zod'

/** A keyspace of numbers whose loader counts its calls, and refuses what a test names. */
function numbers(refused: (id: string) => boolean = () => false, together = 1) {
  const asked: number[] = []
  let [now, most] = [0, 0]
  let letGo = (): void => undefined
  const three = new Promise<void>((resolve) => (letGo = resolve))
  const keyspace = cached({
    key: 'number:{id}',
    about: 'Numbers.',
    value: z.number(),
    ttl: '1h',
    loadMany: async (ids: readonly { id: string }[]) => {
      most = Math.max(most, ++now)
      asked.push(ids.length)
      // The first loads wait for each other: as many as may run at a time do.
      if (most >= together) letGo()
      await three
      now--
      if (ids.some(({ id }) => refused(id))) throw new Error('refused')
      return ids.map(({ id }) => Number(id))
    },
  })
  return { keyspace, asked, most: () => most }
}

function* upTo(count: number) {
  for (let id = 0; id < count; id++) yield { id: String(id) }
}

test('warming is paged and bounded, tells how it gets on, and leaves alone what is there', async () => {
  const { keyspace, asked, most } = numbers(undefined, 3)
  const state = await open({ keyspace }, { store: memoryStore(), clock: systemClock })
  await state.keyspace.set({ id: '7' }, 700)
  const told: number[] = []
  const report = await state.keyspace.warm(upTo(1_050), {
    pageSize: 100,
    concurrency: 3,
    onProgress: ({ warmed }) => told.push(warmed),
  })
  expect(report).toMatchObject({ warmed: 1_050, failed: 0, isAborted: false, error: undefined })
  expect(asked).toHaveLength(11)
  expect(asked.reduce((sum, one) => sum + one, 0)).toBe(1_049)
  expect(most()).toBe(3)
  expect(told).toHaveLength(11)
  expect(await state.keyspace.get({ id: '7' })).toBe(700)
  expect(state.keyspace.counts()).toMatchObject({ loads: 1_049 })
})

test('a page that fails is counted, and the rest goes on', async () => {
  const { keyspace } = numbers((id) => id === '150')
  const state = await open({ keyspace }, { clock: systemClock })
  const report = await state.keyspace.warm(upTo(400), { pageSize: 100 })
  expect(report).toMatchObject({ warmed: 300, failed: 100 })
  expect(String(report.error)).toMatch(/refused/)
})

test('a signal ends it; ids may come one by one', async () => {
  const { keyspace, asked } = numbers()
  const state = await open({ keyspace }, { clock: systemClock })
  const abort = new AbortController()
  async function* endless() {
    for (let id = 0; ; id++) yield { id: String(id) }
  }
  const report = await state.keyspace.warm(endless(), {
    pageSize: 10,
    signal: abort.signal,
    onProgress: ({ warmed }) => warmed >= 50 && abort.abort(),
  })
  expect(report.isAborted).toBe(true)
  expect(asked.length).toBeLessThan(20)
})

test('a key can be looked at in every tier, without a trace', async () => {
  const one = cached({
    key: 'one:{id}',
    about: 'x',
    value: z.string(),
    ttl: '1h',
    l1: { max: 1 },
    load: () => 'a',
  })
  const state = await open({ one }, { clock: systemClock })
  expect(await state.one.inspect({ id: '1' })).toEqual({
    key: 'one:1',
    l1: null,
    l2: null,
    stored: null,
    isLoading: false,
    loadingElsewhere: null,
  })
  await state.one.get({ id: '1' })
  const counts = state.one.counts()
  expect(await state.one.inspect({ id: '1' })).toMatchObject({
    key: 'one:1',
    l1: { value: 'a' },
    l2: { value: 'a', freshForMs: expect.any(Number) },
  })
  expect(state.one.counts()).toEqual(counts)
})

test.each([{ pageSize: 0 }, { pageSize: 1.5 }, { concurrency: 65 }])('%j is refused', async (options) => {
  const { keyspace } = numbers()
  const state = await open({ keyspace }, { clock: systemClock })
  await expect(state.keyspace.warm(upTo(1), options)).rejects.toThrow(/is no whole number/)
})
