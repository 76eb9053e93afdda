import type { Clock } from 'holdfast'
import { findAgents, listAgentIds, lockAgent } from '../db/agents.ts'
import type { Database } from '../db/database.ts'
import { hasDeposit } from '../db/transactions.ts'
import { findUserByEmail } from '../db/users.ts'
import type { Asset } from '../domain/assets.ts'
import { bookDeposit } from '../trading/deposit.ts'
import { tellDeposit } from '../trading/told.ts'
import { touchMoney } from '../trading/touched.ts'
import { DEMO_AGENTS, DEMO_EMAIL } from './seed.ts'
import type { DeskState } from './state.ts'

/** Currencies that are worth about a dollar. */
const DOLLARS = ['USDC', 'USDT', 'FDUSD', 'TUSD', 'BUSD', 'EUR']

/**
 * Gives the agents of the demo play money for what can be traded: 10,000 dollars' worth on each chain, 100 of any
 * other currency. Each of them once for each currency and chain, whatever has become of it since.
 */
export async function seedMoney(
  db: Database,
  state: DeskState,
  clock: Clock,
  assets: readonly Asset[],
): Promise<void> {
  const user = await findUserByEmail(db, DEMO_EMAIL)
  if (!user) return
  const found = await findAgents(db, await listAgentIds(db, user.id))
  const agents = found.filter((agent) => DEMO_AGENTS.some(({ name }) => name === agent?.name))
  const at = new Date(clock.wall())
  for (const agentId of agents.flatMap((agent) => agent?.id ?? [])) {
    await state.write(async (tx, changes) => {
      const agent = await lockAgent(tx, agentId, user.id)
      if (agent?.mode !== 'paper') return
      for (const { chain, currency } of moneyOf(assets)) {
        if (await hasDeposit(tx, agentId, chain, currency)) continue
        const amount = DOLLARS.includes(currency) ? '10000' : '100'
        const deposited = await bookDeposit(tx, { agentId, chain, currency, amount, at })
        touchMoney(changes, agentId, user.id)
        tellDeposit(changes, agentId, deposited)
      }
    })
  }
}

/** What assets are paid with on which chain, each once. */
function moneyOf(assets: readonly Asset[]): { readonly chain: string; readonly currency: string }[] {
  const money = new Map(assets.map(({ chain, quote }) => [`${chain}:${quote}`, { chain, currency: quote }]))
  return [...money.values()]
}
