import type { Immutable } from 'holdfast'
import * as decimal from '../../domain/decimal.ts'
import type { Decimal } from '../../domain/decimal.ts'
import type { Position } from '../../domain/position.ts'

/**
 * What the rules need to know of a position. `peakPrice` and `lowPrice` count from its last purchase: they start at
 * the price of that purchase (see `startPeaks`).
 */
export type PositionState = Immutable<
  Pick<
    Position,
    | 'amount'
    | 'bought'
    | 'cost'
    | 'entryPrice'
    | 'peakPrice'
    | 'lowPrice'
    | 'dcaCount'
    | 'lastDcaAtMs'
    | 'levelsHit'
    | 'moonbag'
    | 'openedAtMs'
    | 'decimals'
    | 'quoteDecimals'
  >
>

/** A position with its texts read. */
export interface Held {
  readonly position: PositionState
  readonly amount: Decimal
  readonly bought: Decimal
  readonly cost: Decimal
  readonly entry: Decimal
}

/** Reads the texts of a position. @throws DecimalError naming the field. */
export function held(position: PositionState): Held {
  return {
    position,
    amount: decimal.parse(position.amount, 'amount'),
    bought: decimal.parse(position.bought, 'bought'),
    cost: decimal.parse(position.cost, 'cost'),
    entry: decimal.parse(position.entryPrice, 'entryPrice'),
  }
}
