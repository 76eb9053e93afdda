import { type Clock, sleep } from '../../core/clock.ts'

/**
 * What `work` resolves with, or `fallback` when it takes longer than `limitMs`. Late work goes on; whoever started it
 * tells of its failure.
 */
export async function unlessLate<Result>(
  clock: Clock,
  work: Promise<Result>,
  limitMs: number,
  fallback: Result,
): Promise<Result> {
  const answered = new AbortController()
  const late = sleep(clock, limitMs, answered.signal).then(() => fallback)
  late.catch(() => undefined)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    answered.abort()
  }
}
