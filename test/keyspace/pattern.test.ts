import fc from 'fast-check'
import { DeclarationError, InvalidIdError } from 'holdfast'
import { describe, expect, test } from 'vitest'
import { compilePattern, LONGEST_PARAMETER, overlap } from '../../src/keyspace/pattern.ts'

describe('keys', () => {
  test('literals and parameters are joined in order', () => {
    expect(compilePattern('price:{chain}:{asset}').key({ chain: 'solana', asset: 'So111' })).toBe(
      'price:solana:So111',
    )
    expect(compilePattern('cache:symbols:spot:v1').key({})).toBe('cache:symbols:spot:v1')
    expect(compilePattern('user:{id}:settings').key({ id: '7' })).toBe('user:7:settings')
  })

  test('the slot parameter is written in braces, as a Cluster hash tag', () => {
    expect(compilePattern('balance:{agent}:{asset}', 'agent').key({ agent: 'a{1}', asset: 'x' })).toBe(
      'balance:{a%7B1%7D}:x',
    )
  })

  test('two base58 mints that differ only in case have different keys', () => {
    const { key } = compilePattern('price:{asset}')
    expect(key({ asset: 'So11' })).not.toBe(key({ asset: 'so11' }))
  })

  test('different ids never share a key', () => {
    const pattern = compilePattern('a:{x}:{y}:b', 'y')
    const part = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 8 })
      .filter((text) => text.isWellFormed())
    const tricky = fc.oneof(
      part,
      fc.constantFrom(':', '%', '%3A', '{', '}', 'a:b', ' ', '\u0000', '\u00a0', '%20'),
    )
    fc.assert(
      fc.property(tricky, tricky, tricky, tricky, (x, y, otherX, otherY) => {
        fc.pre(x !== otherX || y !== otherY)
        expect(pattern.key({ x, y })).not.toBe(pattern.key({ x: otherX, y: otherY }))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['missing', {}, /\{asset\} is missing/],
    ['empty', { asset: '' }, /\{asset\} is empty/],
    ['too long', { asset: 'x'.repeat(LONGEST_PARAMETER + 1) }, /513 characters, more than 512/],
    ['a number', { asset: 5 as unknown as string }, /is a number; it must be a text/],
    ['a lone surrogate', { asset: '\ud800' }, /not well-formed/],
  ])('a parameter that is %s is refused', (_name, id, message) => {
    const { key } = compilePattern('price:{asset}')
    expect(() => key(id as Record<string, string>)).toThrow(InvalidIdError)
    expect(() => key(id as Record<string, string>)).toThrow(message)
  })
})

describe('declaring', () => {
  test.each([
    ['', /neither a literal/],
    ['price:', /neither a literal/],
    ['price::{a}', /neither a literal/],
    ['price:{a}x', /neither a literal/],
    ['price:{}', /neither a literal/],
    ['pri ce', /neither a literal/],
    ['{a}:price', /starts with a parameter/],
    ['price:{a}:{a}', /\{a\} twice/],
  ])("'%s' is refused", (text, message) => {
    expect(() => compilePattern(text)).toThrow(DeclarationError)
    expect(() => compilePattern(text)).toThrow(message)
  })

  test('a slot must be a parameter', () => {
    expect(() => compilePattern('price:{a}', 'b')).toThrow(/slot 'b' is none of its parameters/)
  })
})

test.each([
  ['price:{a}', 'price:{b}', true],
  ['price:{a}', 'price:all', true],
  ['price:{a}', 'price:{a}:{b}', false],
  ['price:{a}:x', 'price:{a}:y', false],
  ['price:{a}:x', 'price:y:{b}', true],
  ['price:{a}', 'ohlcv:{a}', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect(overlap(compilePattern(a), compilePattern(b))).toBe(expected)
})
