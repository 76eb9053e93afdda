/**
 * One attempt at a job, with its limits.
 *
 *   started ──soft limit──▶ asked to stop (`signal` aborts) ──hard limit──▶ failed
 *
 * A handler that ignores both cannot be ended from outside: its promise is let go, the worker goes on with the next
 * job, and what it still does must not count. Effects in the truth go through `once`, whose row decides.
 */
import type { Clock } from '../../core/clock.ts'
import { JobTimeoutError } from '../../core/errors.ts'

/** The limits of an attempt. */
export interface Limits {
  readonly softLimitMs: number | undefined
  readonly hardLimitMs: number
}

/**
 * What `work` comes to. Rejects with what it throws, with JobTimeoutError after the hard limit, and with the reason of
 * `lost` as soon as that aborts.
 */
export async function withinLimits<Result>(
  clock: Clock,
  key: string,
  { softLimitMs, hardLimitMs }: Limits,
  lost: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController()
  const ends: (() => void)[] = []
  const over = new Promise<never>((_, reject) => {
    const end = (reason: unknown): void => {
      stop.abort(reason)
      reject(reason)
    }
    const onLost = (): void => end(lost.reason)
    if (lost.aborted) return onLost()
    lost.addEventListener('abort', onLost, { once: true })
    ends.push(() => lost.removeEventListener('abort', onLost))
    const hard = clock.after(hardLimitMs, () => end(new JobTimeoutError(key, 'hard', hardLimitMs)))
    ends.push(() => hard.cancel())
    if (softLimitMs !== undefined) {
      const soft = clock.after(softLimitMs, () => stop.abort(new JobTimeoutError(key, 'soft', softLimitMs)))
      ends.push(() => soft.cancel())
    }
  })
  over.catch(() => undefined)
  try {
    // A handler that throws at once is one that rejects.
    const working = (async () => work(stop.signal))()
    working.catch(() => undefined)
    return await Promise.race([over, working])
  } finally {
    for (const end of ends) end()
  }
}
