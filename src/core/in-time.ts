import { type Clock, sleep } from './clock.ts'

/** The result of `work`, or undefined when it takes longer than `limitMs`. Nobody waits for it any longer then. */
export async function inTime<Result>(
  clock: Clock,
  limitMs: number,
  work: Promise<Result>,
): Promise<Result | undefined> {
  const over = new AbortController()
  const expired = sleep(clock, limitMs, over.signal).then(() => undefined)
  expired.catch(() => undefined)
  try {
    return await Promise.race([work, expired])
  } finally {
    over.abort()
  }
}
