import type { Session } from '../db/database.ts'
import type { Intent } from '../db/intents.ts'
import { insertPosition, lockPosition, updatePosition } from '../db/positions.ts'
import * as decimal from '../domain/decimal.ts'
import type { Filled } from '../execution/executor.ts'
import { startPeaks } from './rules/peaks.ts'
import { averageEntry, realisedBySale } from './rules/profit.ts'

/** What a fill did to a position. */
export interface ChangedPosition {
  readonly positionId: string
  /** Profit or loss of a sale; null for a purchase. */
  readonly realised: string | null
}

/** Opens, adds to, sells from or closes the position of an order. Its row is held until the end of the transaction. */
export function changePosition(tx: Session, intent: Intent, fill: Filled): Promise<ChangedPosition> {
  const { side, positionId } = intent
  if (side === 'sell') return sellFrom(tx, intent, fill)
  return positionId === null ? openPosition(tx, intent, fill) : addTo(tx, positionId, fill)
}

async function openPosition(tx: Session, intent: Intent, fill: Filled): Promise<ChangedPosition> {
  const { agentId, wallet, chain, asset } = intent
  const { price, baseAmount } = fill
  const positionId = await insertPosition(tx, {
    agentId,
    wallet,
    chain,
    asset,
    amount: baseAmount,
    bought: baseAmount,
    cost: sum(fill.quoteAmount, fill.fee),
    entryPrice: price,
    ...startPeaks(price),
    openedAt: new Date(fill.at),
  })
  return { positionId, realised: null }
}

async function addTo(tx: Session, positionId: string, fill: Filled): Promise<ChangedPosition> {
  const position = await lockPosition(tx, positionId)
  await updatePosition(tx, positionId, {
    amount: sum(position.amount, fill.baseAmount),
    bought: sum(position.bought, fill.baseAmount),
    cost: sum(position.cost, sum(fill.quoteAmount, fill.fee)),
    entryPrice: averageEntry(position, fill),
    ...startPeaks(fill.price),
    dcaCount: position.dcaCount + 1,
    lastDcaAt: new Date(fill.at),
  })
  return { positionId, realised: null }
}

async function sellFrom(tx: Session, intent: Intent, fill: Filled): Promise<ChangedPosition> {
  const { positionId, reason, levels, moonbag } = intent
  if (positionId === null) throw new Error(`the sale ${intent.id} names no position`)
  const position = await lockPosition(tx, positionId)
  const { realised, amount, cost } = realisedBySale(position, fill)
  const isClosed = decimal.sign(decimal.parse(amount)) === 0
  await updatePosition(tx, positionId, {
    amount,
    cost,
    realised: sum(position.realised, realised),
    levelsHit: [...new Set([...position.levelsHit, ...levels])].toSorted((a, b) => a - b),
    moonbag: position.moonbag || moonbag,
    ...(isClosed && { status: 'closed', closedAt: new Date(fill.at), closeReason: reason }),
  })
  return { positionId, realised }
}

function sum(a: string, b: string): string {
  return decimal.format(decimal.add(decimal.parse(a), decimal.parse(b)))
}
