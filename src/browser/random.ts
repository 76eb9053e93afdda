/** A fraction in [0, 1). It spreads retries, so its quality matters little. */
export type ClientRandom = () => number

/** The randomness of this browser, or of Node. */
export const browserRandom: ClientRandom = () =>
  (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
