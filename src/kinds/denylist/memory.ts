import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import type { DenylistStore } from './port.ts'

/** What is over is swept out once this many are known, and again when those that were left have doubled. */
const FIRST_SWEEP_AT = 10_000

/** What is denied, in the memory of one process. */
export function memoryDenylist(clock: Clock): DenylistStore & { readonly listing: Listing } {
  const untilMs = new Map<string, number>()
  let sweepAt = FIRST_SWEEP_AT
  const leftMs = (key: string): number => (untilMs.get(key) ?? 0) - clock.now()
  return {
    async deny(key, keepMs) {
      if (untilMs.size >= sweepAt) {
        for (const known of untilMs.keys()) if (leftMs(known) <= 0) untilMs.delete(known)
        sweepAt = Math.max(FIRST_SWEEP_AT, untilMs.size * 2)
      }
      untilMs.set(key, clock.now() + Math.max(keepMs, leftMs(key)))
    },
    isDenied: async (key) => leftMs(key) > 0,
    listing: {
      keys: () => untilMs.keys(),
      look: (key) => (leftMs(key) > 0 ? { raw: '1', leftMs: leftMs(key) } : undefined),
    },
  }
}
