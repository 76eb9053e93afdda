import { expect, test } from 'vitest'

import { normaliseAddress, parseChain } from '../../src/domain/chains.ts'

const MINT = 'DezXAZ8z7PnrnRJjz3wXBoRgixCa6xjnB7YaB1pPB263'

test('a Solana mint is kept verbatim, and one that differs in case alone is another asset', () => {
  const twin = MINT.replace('Dez', 'DeZ')
  expect(normaliseAddress('solana', MINT)).toBe(MINT)
  expect(normaliseAddress('solana', twin)).toBe(twin)
  expect(twin).not.toBe(MINT)
})

test.each([
  ['', 'empty'],
  [MINT.toLowerCase(), 'l, which base58 has not'],
  [MINT.slice(2), '31 bytes in 42 characters'],
  [`${MINT}1`, 'a character long'],
  ['1'.repeat(31), '31 zero bytes'],
  ['z'.repeat(44), '33 bytes in 44 characters'],
  [`0x${'a'.repeat(40)}`, 'an EVM address'],
  [` ${MINT}`, 'a blank'],
])('%j is no Solana mint (%s)', (address) => {
  expect(() => normaliseAddress('solana', address)).toThrow(
    expect.objectContaining({ code: 'ADDRESS_INVALID', field: 'asset' }),
  )
})

test('leading ones are zero bytes: the system program is an address of 32 of them', () => {
  expect(normaliseAddress('solana', '1'.repeat(32))).toBe('1'.repeat(32))
})

test('an EVM address has one form, whatever case it is typed in', () => {
  const mixed = '0x760AfE86e5de5fa0Ee542fc7B7B713e1c5425701'
  expect(normaliseAddress('monad', mixed)).toBe(mixed.toLowerCase())
  expect(normaliseAddress('monad', mixed.toUpperCase().replace('0X', '0x'))).toBe(mixed.toLowerCase())
})

test.each([
  '',
  '0x',
  `0x${'a'.repeat(39)}`,
  `0x${'a'.repeat(41)}`,
  'a'.repeat(42),
  `0x${'g'.repeat(40)}`,
  MINT,
])('%j is no EVM address', (address) => {
  expect(() => normaliseAddress('monad', address)).toThrow('0x and 40 hexadecimal digits')
})

test('a symbol of the exchange is in upper case', () => {
  expect(normaliseAddress('binance', 'xrpEth')).toBe('XRPETH')
  expect(() => normaliseAddress('binance', 'XRP/ETH')).toThrow('letters and digits')
})

test('an unknown chain is refused by name', () => {
  expect(parseChain('monad')).toBe('monad')
  expect(() => parseChain('Solana')).toThrow('chain: "Solana" is not one of solana, monad, binance')
})
