import type { AttemptState } from './attempt.ts'
import type { Order } from './order.ts'

/** What a ticket's form gets while its order can still be changed, or is on its way. */
export type FormState = Extract<AttemptState, { kind: 'editing' | 'sending' }>

/** Why the desk refused what the form says now: not what it said before somebody changed it. */
export function refusalOf(state: FormState, order: Order | null): Error | null {
  if (state.kind !== 'editing' || !state.refused) return null
  // "Too many at once" is true of any order.
  const still = state.retryAt !== null || JSON.stringify(order) === JSON.stringify(state.refused.order)
  return still ? state.refused.problem : null
}
