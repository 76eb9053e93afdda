/**
 * Chains, and the one way to write an address on each. Keys, rows and comparisons use the normalised form only,
 * so that one asset never has two keys and two assets never share one.
 */

/** `binance` is no chain: it is where symbols of a recorded or connected exchange live, such as `XRPETH`. */
export const CHAINS = ['solana', 'monad', 'binance'] as const

/** The name of a chain that the desk knows. */
export type Chain = (typeof CHAINS)[number]

/** The chain is not one of ours, or the text is no address on it. */
export class AddressError extends Error {
  /** Switch on this rather than on the message. */
  readonly code: 'CHAIN_UNKNOWN' | 'ADDRESS_INVALID'
  /** The input at fault. */
  readonly field: 'chain' | 'asset'

  constructor(code: AddressError['code'], field: AddressError['field'], message: string) {
    super(message)
    this.name = 'AddressError'
    this.code = code
    this.field = field
  }
}

/** @throws AddressError CHAIN_UNKNOWN */
export function parseChain(text: string): Chain {
  const chain = CHAINS.find((known) => known === text)
  if (chain) return chain
  const known = CHAINS.join(', ')
  throw new AddressError('CHAIN_UNKNOWN', 'chain', `chain: ${quoted(text)} is not one of ${known}`)
}

/**
 * The form of `address` that keys use.
 *
 * - `solana`: verbatim. Base58 is case-sensitive: two mints may differ in case alone.
 * - `monad`: lower case. Any case is accepted; checking the mixed-case checksum (EIP-55) would need keccak-256,
 *   and lower case names the same account without it.
 * - `binance`: the symbol in upper case.
 *
 * @throws AddressError ADDRESS_INVALID
 */
export function normaliseAddress(chain: Chain, address: string): string {
  switch (chain) {
    case 'solana':
      if (isPublicKey(address)) return address
      throw invalid(address, 'a Solana mint: 32 bytes in base58, 32 to 44 characters, case matters')
    case 'monad':
      if (/^0x[0-9a-f]{40}$/i.test(address)) return address.toLowerCase()
      throw invalid(address, 'an EVM address: 0x and 40 hexadecimal digits')
    case 'binance':
      if (/^[0-9a-z]{2,30}$/i.test(address)) return address.toUpperCase()
      throw invalid(address, 'a symbol of the exchange, such as XRPETH: 2 to 30 letters and digits')
  }
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Whether the text is base58 for exactly 32 bytes. The length alone cannot tell: 43 digits may be 31 or 32 bytes. */
function isPublicKey(text: string): boolean {
  if (text.length < 32 || text.length > 44) return false
  let value = 0n
  for (const character of text) {
    const digit = BASE58.indexOf(character)
    if (digit === -1) return false
    value = value * 58n + BigInt(digit)
  }
  // Each leading '1' is a zero byte of its own; the rest is the number.
  const zeroBytes = text.length - text.replace(/^1+/, '').length
  const numberBytes = value === 0n ? 0 : Math.ceil(value.toString(16).length / 2)
  return zeroBytes + numberBytes === 32
}

function invalid(address: string, expected: string): AddressError {
  return new AddressError('ADDRESS_INVALID', 'asset', `asset: ${quoted(address)} is not ${expected}`)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
