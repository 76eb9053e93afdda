import { MessageChannel } from 'node:worker_threads'
import { sleep, type Clock } from '../core/clock.ts'

const PERIOD_MS = 20

/**
 * Asks `probe` every 20 ms until it gives something else than `undefined`, and returns that;
 * `undefined` once `deadlineMs` have passed. What `probe` throws is passed on.
 */
export async function poll<T>(
  clock: Clock,
  deadlineMs: number,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T | undefined> {
  const endsAt = clock.now() + deadlineMs
  const letGo = holdProcess()
  try {
    for (;;) {
      const answer = await probe()
      if (answer !== undefined || clock.now() >= endsAt) return answer
      await sleep(clock, PERIOD_MS)
    }
  } finally {
    letGo()
  }
}

/** Timers of a `Clock` and the servers themselves never keep Node alive, but a wait for them has to. */
function holdProcess(): () => void {
  const { port1 } = new MessageChannel()
  port1.ref()
  return () => port1.close()
}
