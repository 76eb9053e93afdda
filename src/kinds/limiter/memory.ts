import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import { InProcessLimits } from './in-process.ts'
import type { LimiterStore } from './port.ts'

/** Limits in the memory of one process: the reference semantics. */
export function memoryLimits(clock: Clock): LimiterStore & { readonly listing: Listing } {
  return new InProcessLimits(clock)
}
