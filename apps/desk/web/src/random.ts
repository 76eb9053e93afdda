/** A fraction in [0, 1). Used for retry jitter, so its quality matters little. */
export type Random = () => number

/** The browser's source of randomness. */
export const browserRandom: Random = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
