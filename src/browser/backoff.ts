import type { ClientRandom } from './random.ts'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/**
 * The wait before reconnection `attempt` (0 is the first): doubling from half a second to half a minute. Half of
 * it is random, so that the clients of a restarted server do not return all at once.
 */
export function retryDelayMs(attempt: number, random: ClientRandom): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16))
  return fullMs / 2 + random() * (fullMs / 2)
}
