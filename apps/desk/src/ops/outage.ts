import type { Logger } from 'pino'

/** Reports an outage twice, at its beginning and at its end, however often the work is tried meanwhile. */
export interface Outage {
  failed(error: unknown): void
  worked(): void
}

/** Not failing yet. `what` completes "…: it fails" and "…: it works again". */
export function watchOutage(log: Logger, what: string): Outage {
  let failures = 0
  return {
    failed(error) {
      if (failures++ === 0) log.warn({ err: error }, `${what}: it fails`)
    },
    worked() {
      if (failures > 0) log.warn({ failures }, `${what}: it works again`)
      failures = 0
    },
  }
}
