/** Tools for tests of code that uses Holdfast, and the suites that a store must pass. */
export type { ConformanceCase } from '../core/conformance.ts'
export { entryConformance, type EntryClient, type EntryHarness } from '../entry/conformance.ts'
export { fenceConformance, type FenceHarness } from '../fence/conformance.ts'
export { limiterConformance, type LimiterHarness } from '../kinds/limiter/conformance.ts'
export { lockConformance, type LockHarness } from '../kinds/lock/conformance.ts'
export { virtualClock, type VirtualClock } from './virtual-clock.ts'
