import { json } from 'holdfast'
import { expect, test } from 'vitest'

test('plain JSON stays plain, so that people and other languages can read it', () => {
  expect(json.encode({ price: '1.20', count: 3 })).toEqual({
    flag: 'j',
    payload: '{"price":"1.20","count":3}',
  })
  expect(json.encode(undefined)).toEqual({ flag: 'j', payload: 'null' })
})

test.each([
  ['j', '{'],
  ['t', '{"$hf":"money","v":"1"}'],
  ['t', '{"$hf":"bigint","v":"x"}'],
  ['t', '{"$hf":"date","v":"yesterday"}'],
  ['q', '1'],
])('payload %s %s is refused', (flag, text) => {
  expect(() => json.decode(flag, text)).toThrow()
})
