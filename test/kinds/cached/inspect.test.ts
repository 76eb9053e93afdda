import { cached, open } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { stores } from '../../servers/stores.ts'

const quote = cached({
  key: 'quote:{asset}',
  about: 'A quote.',
  value: z.string(),
  ttl: '1m',
  staleIfError: '4m',
  load: async ({ asset }, { answer }: { answer: Promise<string> }, context) => {
    context.tag('hot')
    return `${asset} ${await answer}`
  },
})
const SOL = { asset: 'SOL' }

describe.each(Object.entries(stores))('%s', (_name, make) => {
  test('an entry is shown as the store keeps it, and whether it counts', async () => {
    const state = await open({ quote }, { store: make(), deps: { answer: Promise.resolve('1.00') } })
    await state.quote.get(SOL)
    const { l1, l2, stored, loadingElsewhere } = await state.quote.inspect(SOL)
    expect([l1, l2?.value, loadingElsewhere]).toEqual([null, 'SOL 1.00', null])
    expect(stored).toEqual({
      keptForMs: expect.any(Number),
      bytes: expect.any(Number),
      verdict: 'counts',
      marks: expect.stringMatching(/^\w+$/),
      tags: ['hot'],
      version: 1,
      sealedWith: null,
    })
    expect(stored?.keptForMs).toBeGreaterThan(290_000)
    expect(stored?.keptForMs).toBeLessThanOrEqual(300_000)
    await state.invalidateTags(['hot'])
    const after = await state.quote.inspect(SOL)
    expect([after.l2, after.stored?.verdict]).toEqual([null, 'invalidated'])
    await state.close()
  })

  test('a load is seen where it runs, and elsewhere', async () => {
    const store = make()
    let resolve: (answer: string) => void = () => undefined
    const answer = new Promise<string>((settle) => (resolve = settle))
    const here = await open({ quote }, { store, deps: { answer } })
    const there = await open({ quote }, { store, deps: { answer } })
    const loading = here.quote.get(SOL)
    await expect.poll(async () => (await there.quote.inspect(SOL)).loadingElsewhere).not.toBeNull()
    expect(await there.quote.inspect(SOL)).toMatchObject({
      isLoading: false,
      stored: null,
      loadingElsewhere: { endsInMs: expect.any(Number) },
    })
    expect(await here.quote.inspect(SOL)).toMatchObject({ isLoading: true, loadingElsewhere: null })
    resolve('1.00')
    await loading
    // The ticket is given back without waiting, where the value could not be stored in time.
    await expect.poll(async () => (await there.quote.inspect(SOL)).loadingElsewhere).toBeNull()
    await here.close()
    await there.close()
  })

  test('what another release wrote is unreadable, and says how long it stays', async () => {
    const factory = make()
    const state = await open({ quote }, { store: factory, deps: { answer: Promise.resolve('') } })
    const other = cached({ key: 'quote:{asset}', about: 'x', value: z.number(), ttl: '1h', version: 2 })
    const later = await open({ other }, { store: factory })
    await later.other.set(SOL, 7)
    const { l2, stored } = await state.quote.inspect(SOL)
    expect(l2).toBeNull()
    expect(stored).toMatchObject({ verdict: 'unreadable', version: 2 })
    await state.close()
    await later.close()
  })
})
