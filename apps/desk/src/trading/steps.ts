import { channel } from 'node:diagnostics_channel'
import type { Side } from '../domain/trade.ts'

/**
 * The points of a trade between which a process may die. They are published on the channel `desk:step`, which costs
 * nothing while nobody listens, so that drills can kill a process exactly there.
 *
 * - begin: admitted; nothing is written
 * - prepared: money is reserved, the intent is committed
 * - submitted: committed that the order is about to be sent
 * - executed: the venue has answered, nothing of it is written
 * - before-commit: in the transaction that books it
 * - committed: it is booked
 */
export type Step = 'begin' | 'prepared' | 'submitted' | 'executed' | 'before-commit' | 'committed'

/** What is published for a step. */
export interface StepSignal {
  /** As in `buy.prepared`. */
  readonly step: `${Side}.${Step}`
  /** Null before there is one. */
  readonly intentId: string | null
}

const steps = channel('desk:step')

/** Says that a trade has come to a step. */
export function reached(side: Side, step: Step, intentId: string | null): void {
  if (!steps.hasSubscribers) return
  const signal: StepSignal = { step: `${side}.${step}`, intentId }
  steps.publish(signal)
}
