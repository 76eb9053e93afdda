import { cached, open } from 'holdfast'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'

// A pattern with one parameter finds its L1 entries by the parameter's value. Values that look like the keys of others
// must not find those.

const TRICKY = ['a b', 'a%20b', 'asset:a%20b', 'asset:a b', '{a}', '%7Ba%7D', 'é', '%', '%25', 'asset:']

const declare = (slot: boolean) =>
  cached({
    key: 'asset:{name}',
    about: 'Tells its own name.',
    value: z.string(),
    ttl: '1m',
    l1: { max: 100 },
    ...(slot && { slot: 'name' as const }),
    load: ({ name }) => name,
  })

test.each([false, true])('no value is taken for another one (slot: %s)', async (slot) => {
  const state = await open({ asset: declare(slot) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constantFrom(...TRICKY), fc.string({ minLength: 1 })), { maxLength: 20 }),
      async (names) => {
        for (const name of names.filter((each) => each.isWellFormed())) {
          expect(await state.asset.get({ name })).toBe(name)
          expect(state.asset.peek({ name })).toBe(name)
          expect(await state.asset.getMany([{ name }])).toEqual([name])
        }
      },
    ),
  )
  for (const name of TRICKY) await state.asset.delete({ name })
  for (const name of TRICKY) expect(state.asset.peek({ name })).toBeUndefined()
  await state.close()
})

test('what is no text is refused, whatever memory has', async () => {
  const state = await open({ asset: declare(false) })
  await state.asset.get({ name: '5' })
  for (const id of [{ name: 5 }, {}, undefined, null]) {
    await expect(state.asset.get(id as never)).rejects.toThrow()
    expect(() => state.asset.peek(id as never)).toThrow()
  }
  await state.close()
})
