/**
 * Auto-buy: an address is pasted, and an agent buys of it what its config says.
 *
 * The desk chooses the amount, by chance within bounds, so the same request would not be the same order a second
 * time. What makes a repeated request a replay is therefore the order that was begun under its key.
 */
import type { Random } from 'holdfast'
import type { Database } from '../db/database.ts'
import { findIntentOfKey, type Intent } from '../db/intents.ts'
import type { Asset } from '../domain/assets.ts'
import { AddressError, type Chain, normaliseAddress } from '../domain/chains.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { IntentState, TradeResult } from '../domain/trade.ts'
import type { DeskState } from '../ops/state.ts'
import { configOf } from './buy.ts'
import { chosenSize } from './chosen-size.ts'
import type { TradingConfig } from './rules/config.ts'
import type { Traded, TradeOptions, Trading } from './trading.ts'

/** What auto-buys stand on. */
export interface AutoBuyParts {
  readonly db: Database
  readonly state: DeskState
  readonly trading: Pick<Trading, 'trade'>
  readonly random: Random
}

/** What is to be bought, and by whom. */
export interface AutoBuyOrder {
  /** One of the user's; undefined: the oldest one that is active. */
  readonly agentId: string | undefined
  readonly asset: Asset
}

const TRY_AGAIN_MS = 1_000

/**
 * Buys, once under `key`.
 *
 * @throws DeskError as `Trading.trade`; AGENT_PAUSED where no agent is active
 */
export async function autoBuy(
  { db, state, trading, random }: AutoBuyParts,
  userId: string,
  key: string,
  { agentId, asset }: AutoBuyOrder,
  options: TradeOptions,
): Promise<Traded> {
  const replay = async (): Promise<Traded | undefined> => {
    const begun = await findIntentOfKey(db, userId, key)
    return begun ? replayed(state, begun, agentId, asset) : undefined
  }
  const before = await replay()
  if (before) return before

  const buyer = await buyerOf(state, userId, agentId)
  const amount = await chosenSize(state, random, buyer.agentId, buyer.config, asset)
  const order = {
    agentId: buyer.agentId,
    side: 'buy',
    chain: asset.chain,
    asset: asset.asset,
    amount,
  } as const
  try {
    return await trading.trade(userId, key, { ...order, reason: 'auto_buy' }, options)
  } catch (error) {
    if (!(error instanceof DeskError) || error.code !== 'IDEMPOTENCY_MISMATCH') throw error
    // The same request came twice at once, and each chose an amount.
    const begun = await replay()
    if (begun) return begun
    throw error
  }
}

/**
 * The chain that an address is written like. Only one can be meant: 0x and 40 digits, 32 to 44 characters of base58,
 * or the short symbol of an exchange.
 *
 * @throws AddressError ADDRESS_INVALID
 */
export function chainOf(address: string): Chain {
  const isOn = (chain: Chain): boolean => {
    try {
      normaliseAddress(chain, address)
      return true
    } catch (error) {
      if (error instanceof AddressError) return false
      throw error
    }
  }
  const chain = (['monad', 'solana', 'binance'] as const).find(isOn)
  if (chain) return chain
  const shown = JSON.stringify(address.slice(0, 60))
  throw new AddressError(
    'ADDRESS_INVALID',
    'asset',
    `address: ${shown} is no address that the desk knows the chain of`,
  )
}

async function buyerOf(
  state: DeskState,
  userId: string,
  agentId: string | undefined,
): Promise<{ agentId: string; config: TradingConfig }> {
  const ids = agentId === undefined ? ((await state.agentIds.get({ userId })) ?? []) : [agentId]
  const agents = await state.agent.getMany(ids.map((id) => ({ agentId: id })))
  const mine = agents.filter((agent) => agent?.userId === userId)
  if (agentId !== undefined && mine.length === 0)
    throw new DeskError('UNKNOWN_AGENT', `You have no agent ${agentId}.`)
  const active = mine.find((agent) => agent?.status === 'active')
  if (!active) {
    throw new DeskError(
      'AGENT_PAUSED',
      agentId ? 'This agent is paused.' : 'You have no agent that is active.',
    )
  }
  return { agentId: active.id, config: configOf(active) }
}

async function replayed(
  state: DeskState,
  intent: Intent,
  agentId: string | undefined,
  { chain, asset }: Asset,
): Promise<Traded> {
  const isSame =
    intent.chain === chain && intent.asset === asset && (agentId === undefined || intent.agentId === agentId)
  if (!isSame) {
    throw new DeskError(
      'IDEMPOTENCY_MISMATCH',
      'This Idempotency-Key was used for another order. Use a new one.',
    )
  }
  const status = await state.tradeStatus.get({ intentId: intent.id })
  const outcome = status && OUTCOME[status.state]
  if (!status || !outcome) {
    throw new DeskError('TRADE_IN_PROGRESS', 'This order is under way. Ask again.', {
      retryAfterMs: TRY_AGAIN_MS,
    })
  }
  const { intentId, positionId, transaction, error } = status
  return { intentId, status: outcome, positionId, transaction, error, replayed: true }
}

const OUTCOME: Readonly<Record<IntentState, TradeResult['status'] | undefined>> = {
  PREPARED: undefined,
  SUBMITTED: undefined,
  CONFIRMED: 'CONFIRMED',
  FAILED: 'FAILED',
  UNKNOWN: 'UNKNOWN',
}
