import type { Random } from '../random.ts'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/**
 * The wait before reconnection `attempt` (0 is the first): doubling from half a second to half a minute. Half of
 * it is random, so that the screens of a restarted desk do not return all at once.
 */
export function retryDelayMs(attempt: number, random: Random): number {
  const fullMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16))
  return fullMs / 2 + random() * (fullMs / 2)
}
