/**
 * Selling once. What decides is PostgreSQL: one order in flight for a wallet and asset, the reservation of no more
 * than the position has, and the position's fence, which refuses a seller whose lock has gone to somebody else. The
 * lock keeps the others from even asking PostgreSQL while one looks. It is given back once the order is prepared: from
 * then on the intent stands in their way, also when this process dies, until its outcome is known.
 */
import { LeaseLostError, LockNotAcquiredError } from 'holdfast'
import { findAgents } from '../db/agents.ts'
import type { Session } from '../db/database.ts'
import { fence, findPosition, lockPosition } from '../db/positions.ts'
import * as decimal from '../domain/decimal.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { Position } from '../domain/position.ts'
import { type Asked, unknownAgent } from './asked.ts'
import { inProgress } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { type Draft, insufficient } from './prepare.ts'

/**
 * The open position that an order means.
 *
 * @throws DeskError UNKNOWN_AGENT, POSITION_UNKNOWN, POSITION_CLOSED
 */
export async function positionToSell(session: Session, asked: Asked): Promise<Position> {
  const { userId, agentId, asset, positionId } = asked
  const query = positionId === undefined ? asset : { id: positionId }
  const position = await findPosition(session, agentId, query)
  const isMeant =
    position?.userId === userId && position.chain === asset.chain && position.asset === asset.asset
  if (!position || !isMeant) {
    const [agent] = await findAgents(session, [agentId])
    if (agent?.userId !== userId) throw unknownAgent(agentId)
    throw new DeskError('POSITION_UNKNOWN', `This agent has no such position in ${asset.symbol}.`)
  }
  if (position.status !== 'open') throw closed(asked)
  return position
}

/** Runs `work` as the only one at this position. @throws DeskError TRADE_IN_PROGRESS; what `work` throws */
export async function alone<Result>(
  { state }: Pick<TradingParts, 'state'>,
  positionId: string,
  work: (token: bigint) => Promise<Result>,
): Promise<Result> {
  let done: { readonly result: Result } | undefined
  try {
    await state.positionLock.run({ positionId }, async ({ token }) => {
      done = { result: await work(token) }
    })
  } catch (error) {
    if (error instanceof LockNotAcquiredError) throw inProgress('This position is being sold at this moment.')
    // What is written is written; the fence has seen to it that nobody came in between.
    if (!(error instanceof LeaseLostError) || !done) throw error
  }
  if (!done) throw new Error('the lock resolved without running its work')
  return done.result
}

/**
 * Looks at a sale, under the agent's row and with the position held.
 *
 * @throws DeskError POSITION_CLOSED, POSITION_CHANGED, TRADE_IN_PROGRESS, INSUFFICIENT_BALANCE
 */
export async function draftSell(
  tx: Session,
  asked: Asked,
  positionId: string,
  token: bigint,
): Promise<Draft> {
  const position = await lockPosition(tx, positionId)
  const amount = amountToSell(asked, position)
  if (!(await fence(tx, positionId, token))) throw inProgress('Somebody else sells this position by now.')
  return { amount, positionId, maxSlippageBps: asked.maxSlippageBps ?? null }
}

/**
 * How much of a position an order sells.
 *
 * @throws DeskError POSITION_CLOSED, POSITION_CHANGED, INSUFFICIENT_BALANCE
 */
export function amountToSell(asked: Asked, position: Position): string {
  if (position.status !== 'open') throw closed(asked)
  refuseChanged(asked, position)
  const { amount = position.amount } = asked
  if (decimal.compare(decimal.parse(amount), decimal.parse(position.amount)) > 0)
    throw insufficient(asked, position.amount)
  return amount
}

/** Whoever decided on a position decided on it as it is. @throws DeskError POSITION_CHANGED */
export function refuseChanged(
  { asset, expectedVersion }: Asked,
  { version }: Pick<Position, 'version'>,
): void {
  if (expectedVersion === undefined || expectedVersion === version) return
  throw new DeskError(
    'POSITION_CHANGED',
    `This position in ${asset.symbol} has changed since this was decided: look at it again.`,
  )
}

function closed({ asset }: Asked): DeskError {
  return new DeskError('POSITION_CLOSED', `This position in ${asset.symbol} is closed already.`)
}
