import type { Immutable } from 'holdfast'
import { DeskError } from '../../domain/desk-error.ts'
import type { Position } from '../../domain/position.ts'
import type { Reference } from '../../domain/trade.ts'
import type { Decision } from '../rules/decision.ts'
import type { Traded, TradeRequest } from '../trading.ts'
import type { Outcome } from './attempts.ts'

/** An order that an exit gives, with its key: sent again, it is the same order. */
export interface ExitOrder {
  readonly key: string
  readonly request: TradeRequest
}

/**
 * The order for what the rules decided on `position` at the tick `reference`.
 *
 * Its key names the position, the version that the decision was made on, the rule and the attempt. Whoever sees the
 * same tick decides the same, and gives the same key; once the position has changed the key is another one, and an order
 * that was decided on the old version is refused (`POSITION_CHANGED`): with what the position is now, it is decided anew.
 */
export function exitOrder(
  position: Immutable<Position>,
  decision: Decision,
  reference: Reference,
  attempt: number,
): ExitOrder {
  const { id, version, agentId, chain, asset } = position
  const { kind, amount, levels, moonbag } = decision
  const key = `exit:${id}:${version}:${kind}:${attempt}`
  const decided = { positionId: id, expectedVersion: version, reason: kind, reference }
  const order = { agentId, chain, asset, ...decided }
  if (kind === 'dca') return { key, request: { ...order, side: 'buy', amount } }
  // All of it, whatever the last digit.
  if (kind !== 'take_profit') return { key, request: { ...order, side: 'sell' } }
  return { key, request: { ...order, side: 'sell', amount, levels, moonbag } }
}

/** What a result says about the next attempt. */
export function outcomeOf({ status, replayed }: Pick<Traded, 'status' | 'replayed'>): Outcome {
  if (status === 'CONFIRMED') return { kind: 'done' }
  return { kind: status === 'FAILED' ? 'failed' : 'unclear', replayed }
}

/** What a refusal or a failure of the desk says about the next attempt. */
export function outcomeAfter(error: unknown): Outcome {
  // The store or the database did not answer: the order may be under way.
  if (!(error instanceof DeskError)) return { kind: 'unclear' }
  const { code, retryAfterMs } = error
  if (code === 'TRADE_IN_PROGRESS') return { kind: 'unclear', retryAfterMs }
  // Also where the key was used for another order on this version of the position. Had that one got through, the
  // version would have grown; while it is under way, another one is refused with TRADE_IN_PROGRESS.
  return { kind: 'failed', retryAfterMs }
}
