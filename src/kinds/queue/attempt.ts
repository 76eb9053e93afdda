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
import type { Loss } from './port.ts'

/** The limits of an attempt. */
export interface Limits {
  readonly softLimitMs: number | undefined
  readonly hardLimitMs: number
}

/** What asks a handler to stop. Its signal is made for those that look at it. */
export interface Stop {
  readonly signal: AbortSignal
}

/**
 * What `work` comes to. Rejects with what it throws, with JobTimeoutError after the hard limit, and with the reason of
 * `lost` as soon as that is so.
 */
export function withinLimits<Result>(
  clock: Clock,
  key: string,
  { softLimitMs, hardLimitMs }: Limits,
  lost: Loss,
  work: (stop: Stop) => Promise<Result>,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = new LazyStop()
    const hard = clock.after(hardLimitMs, () => end(new JobTimeoutError(key, 'hard', hardLimitMs)))
    const soft =
      softLimitMs === undefined
        ? undefined
        : clock.after(softLimitMs, () => stop.abort(new JobTimeoutError(key, 'soft', softLimitMs)))
    const over = (): void => {
      hard.cancel()
      soft?.cancel()
      lost.whenLost(undefined)
    }
    const end = (reason: unknown): void => {
      over()
      stop.abort(reason)
      reject(reason)
    }
    lost.whenLost(end)
    if (lost.isLost) return
    // A handler that throws at once is one that rejects.
    const working = (async () => work(stop))()
    working.then(
      (result) => {
        over()
        resolve(result)
      },
      (error: unknown) => {
        over()
        reject(error)
      },
    )
  })
}

class LazyStop implements Stop {
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#aborted) this.#controller.abort(this.#aborted.reason)
    return this.#controller.signal
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }
}
