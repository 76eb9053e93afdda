import type { Random } from 'holdfast'
import type { Asset } from '../domain/assets.ts'
import { currencyDecimals } from '../domain/currencies.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'
import type { TradingConfig } from './rules/config.ts'
import { limitsOf } from './rules/purchase-limits.ts'
import { drawShare, purchaseSize } from './rules/sizing.ts'

/**
 * How much an agent spends on `asset` when nobody says how much: by what it has, somewhere within the bounds of its
 * config. Decimal text, in the asset's quote.
 *
 * @throws DeskError BALANCE_BELOW_MINIMUM; PURCHASE_LIMIT when its config has no limits for the currency
 */
export async function chosenSize(
  state: Pick<DeskState, 'balances'>,
  random: Random,
  agentId: string,
  config: TradingConfig,
  { chain, quote }: Pick<Asset, 'chain' | 'quote'>,
): Promise<string> {
  const limits = limitsOf(config.purchase.limits, quote)
  if (!limits)
    throw new DeskError(
      'PURCHASE_LIMIT',
      `This agent has no limits for ${quote}, so it buys nothing with it.`,
    )
  const balances = (await state.balances.get({ agentId })) ?? []
  const cash = balances.find((balance) => balance.chain === chain && balance.asset === quote)
  const size = purchaseSize(cash?.available ?? '0', limits, currencyDecimals(quote), drawShare(random))
  if ('refused' in size) throw new DeskError(size.refused, `${size.message} (${quote})`)
  return size.amount
}
