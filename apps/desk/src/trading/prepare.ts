/**
 * The first transaction of a trade: everything is looked at, the money is reserved and the intent is written, or
 * nothing at all. All of it under the agent's row, so an agent's orders are looked at one after the other: each sees
 * what the one before it reserved.
 */
import { lockAgent } from '../db/agents.ts'
import { reserve } from '../db/balances.ts'
import type { Session } from '../db/database.ts'
import { insertIntent, type Intent, isInFlight } from '../db/intents.ts'
import { findWallet } from '../db/wallets.ts'
import type { Agent } from '../domain/agent.ts'
import { DeskError } from '../domain/desk-error.ts'
import { refusedAmount } from './amount.ts'
import { type Asked, unknownAgent } from './asked.ts'
import type { Market } from './market.ts'
import { inProgress, mismatchRefused } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { tellStep } from './told.ts'
import { touchOrder } from './touched.ts'

/** The agent that an order is looked at for, with what it holds on the order's chain. */
export interface Trader extends Pick<Agent, 'id' | 'mode' | 'status' | 'config'> {
  readonly wallet: string
}

/** What an order turns out to be once everything was looked at. */
export interface Draft {
  /** What is reserved: the quote of a buy, the asset of a sell. */
  readonly amount: string
  readonly positionId: string | null
  readonly maxSlippageBps: number | null
}

/**
 * Prepares an order. Null when the key was used in the meantime: what it stands for can be recalled.
 *
 * @throws DeskError of `draft`; UNKNOWN_AGENT, AGENT_PAUSED, TRADE_IN_PROGRESS, INSUFFICIENT_BALANCE, IDEMPOTENCY_MISMATCH
 */
export function prepare(
  { state }: Pick<TradingParts, 'state'>,
  asked: Asked,
  market: Market,
  draft: (tx: Session, trader: Trader) => Promise<Draft>,
): Promise<Intent | null> {
  const { userId, key, agentId, asset, side, reason } = asked
  return state.write(async (tx, changes) => {
    const agent = await lockAgent(tx, agentId, userId)
    if (!agent) throw unknownAgent(agentId)
    const begun = await mismatchRefused(state.tradeResult.begin(tx, { userId, key }, asked.fingerprint))
    if (begun.state !== 'new') return null
    const trader = await traderFor(tx, asked, agent)
    const { wallet } = trader
    const { amount, positionId, maxSlippageBps } = await draft(tx, trader)
    const spent = side === 'buy' ? asset.quote : asset.asset
    if (!(await reserve(tx, wallet, spent, amount))) throw insufficient(asked)
    const intent = await insertIntent(tx, {
      userId,
      idempotencyKey: key,
      agentId,
      positionId,
      wallet,
      chain: asset.chain,
      asset: asset.asset,
      quote: asset.quote,
      side,
      amount,
      reason,
      reference: market.reference,
      maxSlippageBps,
      levels: [...(asked.levels ?? [])],
      moonbag: asked.moonbag ?? false,
    })
    touchOrder(changes, intent)
    tellStep(changes, intent, 'PREPARED')
    return intent
  })
}

/**
 * The agent, if it may trade the order's asset at this moment.
 *
 * @throws DeskError AGENT_PAUSED, TRADE_IN_PROGRESS; INSUFFICIENT_BALANCE or POSITION_UNKNOWN where it has no wallet
 */
export async function traderFor(tx: Session, asked: Asked, agent: Omit<Trader, 'wallet'>): Promise<Trader> {
  const { asset } = asked
  if (agent.status !== 'active') {
    throw new DeskError('AGENT_PAUSED', 'This agent is paused: it neither buys nor sells. Activate it first.')
  }
  const wallet = await findWallet(tx, agent.id, asset.chain, agent.mode)
  if (wallet === null) throw noWallet(asked)
  if (await isInFlight(tx, wallet, asset.asset)) {
    throw inProgress(`Another order for ${asset.symbol} of this agent is under way.`)
  }
  return { ...agent, wallet }
}

/** There is less than the order wants to spend. */
export function insufficient({ side, asset }: Asked, available?: string): DeskError {
  const symbol = side === 'buy' ? asset.quote : asset.symbol
  const rest = available === undefined ? 'less' : `${available} ${symbol}`
  return refusedAmount('INSUFFICIENT_BALANCE', `This agent has ${rest} to spend on ${asset.chain}.`)
}

/** Without a wallet there is no money to buy with, and nothing that could be sold. */
function noWallet(asked: Asked): DeskError {
  const { side, asset } = asked
  if (side === 'buy') return insufficient(asked, '0')
  return new DeskError('POSITION_UNKNOWN', `This agent has no position in ${asset.symbol}.`)
}
