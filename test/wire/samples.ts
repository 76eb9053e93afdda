/**
 * The values of the frozen entries. They never change: whoever wants to freeze something else adds a sample.
 */
const plain = {
  text: ['', 'SOL', 'žluťoučký 🐎', '"\\\n', 'x'.repeat(31), 'x'.repeat(300)],
  numbers: [
    0, 1, 63, 64, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, 9_007_199_254_740_991,
  ],
  below: [-1, -32, -33, -128, -129, -32_768, -32_769, -2_147_483_648, -2_147_483_649, 0.1, -1.5e300],
  nothing: [null, true, false, {}, []],
  rows: [
    { asset: 'SOL', amount: '1.5' },
    { asset: 'USDC', amount: '20.000001' },
    { asset: 'BONK', amount: '0' },
  ],
}

const rich = {
  ...plain,
  lamports: [0n, -1n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n],
  at: [new Date(0), new Date(1_570_752_011_620), new Date('2300-01-01T00:00:00.001Z'), new Date(-1)],
}

/** By name; each is frozen as every flag that can carry it. */
export const samples = {
  /** JSON carries it as it is. */
  plain,
  /** JSON needs tags for it. */
  rich,
  /** Large enough to be compressed. */
  large: Array.from({ length: 100 }, (_, n) => ({ ...plain.rows[n % 3], n })),
  /** Bytes: JSON needs tags for them. */
  bytes: { some: new Uint8Array([0, 1, 127, 128, 255]), none: new Uint8Array(0) },
  /** Known absent. */
  absent: null,
} as const
