/** Whole seconds that are left until `at`; 0 when it has passed or there is nothing to wait for. */
export function secondsUntil(at: number | null, nowMs: number): number {
  return at === null ? 0 : Math.max(0, Math.ceil((at - nowMs) / 1000))
}
