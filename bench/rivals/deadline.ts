import { setTimeout as sleep } from 'node:timers/promises'

/** Every step of a scenario ends within this: a library that hangs is reported, not waited for. */
export const STEP_MS = 5_000

/** How long nothing happens before a node is asked whether it is stale. */
export const QUIET_MS = 500

/** What did not end in time. */
export class HungError extends Error {
  constructor(what: string, limitMs: number) {
    super(`${what} hung: no answer within ${limitMs / 1_000} s`)
  }
}

/** The outcome of `work`, or HungError. The work itself is not stopped. */
export async function within<T>(what: string, work: Promise<T>, limitMs: number = STEP_MS): Promise<T> {
  const stop = new AbortController()
  const hung = sleep(limitMs, undefined, { signal: stop.signal }).then(() => {
    throw new HungError(what, limitMs)
  })
  // Whoever loses the race may still reject later, when nobody waits for it any more.
  work.catch(() => undefined)
  hung.catch(() => undefined)
  try {
    return await Promise.race([work, hung])
  } finally {
    stop.abort()
  }
}

/** Waits until everything that was under way has arrived everywhere. */
export function quiescence(): Promise<void> {
  return sleep(QUIET_MS)
}
