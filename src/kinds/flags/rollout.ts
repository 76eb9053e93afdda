import { createHash } from 'node:crypto'

const BITS = 48

/**
 * Where a subject stands in the rollout of a flag: at least 0, below 100, and always the same. It is in a share of
 * `percent` when that is greater. So a share that grows keeps all who are in, and each flag has an order of its own.
 *
 * The first 48 bits of the SHA-256 of flag, a line feed and subject, in UTF-8, as a fraction of 2^48, times 100: any
 * language can compute it. `flag` holds no line feed.
 */
export function rolloutPlace(flag: string, subject: string): number {
  const digest = createHash('sha256').update(`${flag}\n${subject}`).digest()
  return (digest.readUIntBE(0, BITS / 8) / 2 ** BITS) * 100
}
