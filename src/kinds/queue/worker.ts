import type { Clock } from '../../core/clock.ts'
import { type Duration, parseDuration } from '../../core/duration.ts'
import { inTime } from '../../core/in-time.ts'
import type { BackendWorker } from './port.ts'

/** Does jobs of one queue in this process. */
export interface QueueWorker {
  /**
   * Takes no more jobs, but for one that is being handed over, and waits for those that it has, at most this long: what is not done then comes back to
   * another worker when its lease is over. Whether all was done. Default 30 s.
   */
  drain(deadline?: Duration): Promise<boolean>
  /** Lets go at once. */
  abandon(): Promise<void>
}

const DRAINED = Symbol('drained')

/** Wraps the worker of a backend; `onEnd` hears when it has ended. */
export function openWorker(clock: Clock, inner: BackendWorker, onEnd: () => void): QueueWorker {
  return {
    async drain(deadline = '30s') {
      const limitMs = parseDuration(deadline, 'drain', 1)
      const drained = inner.drain().then(() => DRAINED)
      const isDrained = (await inTime(clock, limitMs, drained)) === DRAINED
      if (!isDrained) await inner.abandon()
      onEnd()
      return isDrained
    },
    async abandon() {
      await inner.abandon()
      onEnd()
    },
  }
}
