import { lockAgent } from '../db/agents.ts'
import { post } from '../db/balances.ts'
import type { Session } from '../db/database.ts'
import { insertTransaction } from '../db/transactions.ts'
import { ensurePaperWallet } from '../db/wallets.ts'
import { currencyDecimals } from '../domain/currencies.ts'
import { parseChain } from '../domain/chains.ts'
import { DeskError } from '../domain/desk-error.ts'
import type { Transaction } from '../domain/trade.ts'
import { readAmount } from './amount.ts'
import { checkAgentId, checkKey, unknownAgent } from './asked.ts'
import { inProgress, mismatchRefused } from './outcome.ts'
import type { TradingParts } from './parts.ts'
import { tellDeposit } from './told.ts'
import { touchMoney } from './touched.ts'
import type { Deposited, DepositRequest } from './trading.ts'

/** Books play money. See `Trading.deposit`. */
export async function deposit(
  { state, clock }: Pick<TradingParts, 'state' | 'clock'>,
  userId: string,
  key: string,
  request: DepositRequest,
): Promise<Deposited> {
  checkKey(key)
  const { agentId } = request
  checkAgentId(agentId)
  const chain = parseChain(request.chain)
  const currency = currencyOn(await quotesOn(state, chain), chain, request.currency)
  const amount = readAmount(request.amount, currencyDecimals(currency))
  const fingerprint = JSON.stringify([agentId, chain, currency, amount])
  const id = { userId, key }

  const known = await mismatchRefused(state.depositResult.find(id, fingerprint))
  if (known?.state === 'done') return { ...known.result, replayed: true }
  const at = new Date(clock.wall())
  return state.write(async (tx, changes) => {
    const agent = await lockAgent(tx, agentId, userId)
    if (!agent) throw unknownAgent(agentId)
    const begun = await mismatchRefused(state.depositResult.begin(tx, id, fingerprint))
    if (begun.state === 'done') return { ...begun.result, replayed: true }
    // Begun and ended in one transaction: nobody can see it running, unless its time ends at this moment.
    if (begun.state === 'running') throw inProgress('The deposit with this key is under way.')
    if (agent.mode !== 'paper') throw new DeskError('PAPER_ONLY', 'Only paper agents get play money.')
    const transaction = await bookDeposit(tx, { agentId, chain, currency, amount, at })
    touchMoney(changes, agentId, userId)
    tellDeposit(changes, agentId, transaction)
    await state.depositResult.complete(tx, id, { transaction })
    return { transaction, replayed: false }
  })
}

/** Books a deposit for a paper agent, in a transaction that holds the agent. Makes its wallet when there is none. */
export async function bookDeposit(
  tx: Session,
  {
    agentId,
    chain,
    currency,
    amount,
    at,
  }: {
    readonly agentId: string
    readonly chain: string
    readonly currency: string
    readonly amount: string
    readonly at: Date
  },
): Promise<Transaction> {
  const wallet = await ensurePaperWallet(tx, agentId, chain)
  const transaction = await insertTransaction(tx, {
    agentId,
    wallet,
    chain,
    asset: currency,
    type: 'DEPOSIT',
    quote: currency,
    quoteAmount: amount,
    reason: 'deposit',
    at,
  })
  await post(tx, transaction.id, [{ wallet, agentId, asset: currency, delta: amount }])
  return transaction
}

/** What assets of a chain are paid with, each once. */
async function quotesOn(state: Pick<TradingParts['state'], 'assets'>, chain: string): Promise<string[]> {
  const assets = (await state.assets.get({})) ?? []
  return [...new Set(assets.filter((asset) => asset.chain === chain).map(({ quote }) => quote))].toSorted()
}

function currencyOn(quotes: readonly string[], chain: string, asked: string | undefined): string {
  const problem = (text: string): DeskError =>
    new DeskError('CURRENCY_UNKNOWN', `currency: ${text}`, { errors: [{ field: 'currency', message: text }] })
  if (asked !== undefined) {
    if (quotes.includes(asked)) return asked
    throw problem(`nothing on ${chain} is paid with it; it must be one of ${quotes.join(', ') || 'none'}.`)
  }
  const [only, ...others] = quotes
  if (only !== undefined && others.length === 0) return only
  throw problem(quotes.length === 0 ? `nothing is traded on ${chain}.` : `say which: ${quotes.join(', ')}.`)
}
