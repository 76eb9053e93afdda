/** A fraction in [0, 1). Used for retry jitter, so its quality matters little. */
export type Random = () => number

/** The browser's source of randomness. */
export const browserRandom: Random = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32

/** 128 random bits as hexadecimal text: what makes a request's idempotency key unlike any other. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
