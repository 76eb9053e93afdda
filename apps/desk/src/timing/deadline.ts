import { type Clock, sleep } from 'holdfast'

/** What `work` gives, or a rejection with `overdue()` once it has taken longer than `limitMs`; it goes on unheard. */
export async function withinDeadline<Result>(
  clock: Clock,
  limitMs: number,
  work: Promise<Result>,
  overdue: () => Error,
): Promise<Result> {
  const answered = new AbortController()
  const deadline = sleep(clock, limitMs, answered.signal).then(() => {
    throw overdue()
  })
  // Called off by the answer, it rejects after the race is over.
  deadline.catch(() => undefined)
  try {
    return await Promise.race([work, deadline])
  } finally {
    answered.abort()
  }
}
