/** A portfolio: what a wallet holds, as a screen asks for it. Money is text. 50 balances are 8.3 kB of JSON. */
export function portfolio(balances: number): object {
  const random = generator(7)
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 10)).join('')
  const mint = (): string =>
    Array.from({ length: 44 }, () => BASE58[Math.floor(random() * BASE58.length)]).join('')
  return {
    userId: '4b1f0c9e-5d2a-4b7f-9c3e-1234567890ab',
    cash: `1${digits(4)}.${digits(2)}`,
    balances: Array.from({ length: balances }, () => ({
      asset: mint(),
      amount: `1${digits(5)}.${digits(9)}`,
      reserved: '0',
      price: `0.${digits(9)}`,
      value: `1${digits(3)}.${digits(2)}`,
      updatedAt: 1_570_752_000_000 + Math.floor(random() * 1e6),
    })),
  }
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Numbers from 0 to 1, the same in every run. */
function generator(seed: number): () => number {
  let state = seed
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
}
