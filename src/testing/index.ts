/** Tools for tests of code that uses Holdfast. */
export { virtualClock, type VirtualClock } from './virtual-clock.ts'
