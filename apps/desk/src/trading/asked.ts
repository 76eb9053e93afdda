import type { Asset } from '../domain/assets.ts'
import { currencyDecimals } from '../domain/currencies.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import { listedAsset } from '../market/price-view.ts'
import { invalidAmount, readAmount } from './amount.ts'
import type { TradeRequest } from './trading.ts'

/** An order whose form is right: the asset is listed and normalised, the amount canonical. */
export interface Asked extends Omit<TradeRequest, 'chain' | 'asset'> {
  readonly userId: string
  readonly key: string
  readonly asset: Asset
  readonly quoteDecimals: number
  /** What of it makes it this order: the same key with another one is a mistake. */
  readonly fingerprint: string
}

const LONGEST_KEY = 200
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Reads an order.
 *
 * @throws DeskError IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_KEY_INVALID, UNKNOWN_AGENT, UNKNOWN_ASSET, POSITION_UNKNOWN,
 * AMOUNT_INVALID; AddressError
 */
export async function readOrder(
  state: DeskState,
  userId: string,
  key: string,
  request: TradeRequest,
): Promise<Asked> {
  checkKey(key)
  const { agentId, side, positionId, amount, maxSlippageBps } = request
  checkAgentId(agentId)
  if (positionId !== undefined && !UUID.test(positionId))
    throw new DeskError('POSITION_UNKNOWN', `There is no position ${positionId.slice(0, 60)}.`)
  const asset = await listedAsset(state, request.chain, request.asset)
  const quoteDecimals = currencyDecimals(asset.quote)
  if (side === 'buy' && amount === undefined) throw invalidAmount(`say how much ${asset.quote} to spend`)
  const exact =
    amount === undefined ? undefined : readAmount(amount, side === 'buy' ? quoteDecimals : asset.decimals)
  const fingerprint = JSON.stringify([
    agentId,
    side,
    asset.chain,
    asset.asset,
    exact ?? null,
    positionId ?? null,
    maxSlippageBps ?? null,
  ])
  return { ...request, userId, key, asset, quoteDecimals, amount: exact, fingerprint }
}

/** @throws DeskError IDEMPOTENCY_KEY_REQUIRED, IDEMPOTENCY_KEY_INVALID */
export function checkKey(key: string): void {
  if (key === '')
    throw new DeskError(
      'IDEMPOTENCY_KEY_REQUIRED',
      'Send a key that is new for each order and the same for each retry.',
    )
  if (key.length > LONGEST_KEY)
    throw new DeskError('IDEMPOTENCY_KEY_INVALID', `The key is longer than ${LONGEST_KEY} characters.`)
}

/** What cannot be an id is nobody's. @throws DeskError UNKNOWN_AGENT */
export function checkAgentId(agentId: string): void {
  if (!UUID.test(agentId)) throw unknownAgent(agentId)
}

/** The user has no such agent; somebody else's does not exist for whoever asks. */
export function unknownAgent(agentId: string): DeskError {
  return new DeskError('UNKNOWN_AGENT', `You have no agent ${agentId.slice(0, 60)}.`)
}
