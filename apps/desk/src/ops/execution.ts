import type { Clock } from 'holdfast'
import type { Executor } from '../execution/executor.ts'
import { httpVenue } from '../execution/http-venue.ts'
import { paperExecutor } from '../execution/paper/paper-executor.ts'
import { hostOf } from './reason.ts'
import type { Settings } from './settings.ts'

/** Who executes orders. */
export interface Execution {
  readonly kind: 'paper' | 'venue'
  readonly executor: Executor
  /** For people. */
  readonly about: string
}

const VENUE_DEADLINE_MS = 10_000

/** The venue of VENUE_URL, or paper. A replay has no latency: it gives the same trades at any speed. */
export function openExecution(
  { venueUrl, paperLatencyMs }: Pick<Settings, 'venueUrl' | 'paperLatencyMs'>,
  {
    databaseUrl,
    isReplay,
    clock,
  }: { readonly databaseUrl: string; readonly isReplay: boolean; readonly clock: Clock },
): Execution {
  if (venueUrl !== undefined) {
    const executor = httpVenue(venueUrl, VENUE_DEADLINE_MS)
    return { kind: 'venue', executor, about: `VENUE_URL, ${hostOf(venueUrl)}` }
  }
  const latencyMs = isReplay ? 0 : paperLatencyMs
  const executor = paperExecutor({ url: databaseUrl, latencyMs, clock })
  return { kind: 'paper', executor, about: 'paper: no order leaves this machine' }
}
