/**
 * What agents make of signals, as jobs: each is done by one worker of all processes.
 *
 * Guarantee: an agent trades at most once for a signal, however often its job is done, because the key of the trade
 * names both. A job whose trade has no end yet fails, and comes again.
 *
 * Limit: advice is for the moment. An execution that nobody began to trade within ten minutes is skipped.
 */
import type { QueueWorker, Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../../db/database.ts'
import { findIntentOfKey, type Intent } from '../../db/intents.ts'
import { DeskError } from '../../domain/desk-error.ts'
import { listedAsset } from '../../market/price-view.ts'
import { watchOutage } from '../../ops/outage.ts'
import type { DeskState } from '../../ops/state.ts'
import { chosenSize } from '../chosen-size.ts'
import { TradingConfig } from '../rules/config.ts'
import type { Trading } from '../trading.ts'
import { findPending, pendingExecutions, settleExecution } from './rows.ts'
import { jobIdOf, type PendingExecution, type Settled } from './signal.ts'

/** What executions stand on. */
export interface ExecutionParts {
  readonly db: Database
  readonly state: DeskState
  readonly trading: Pick<Trading, 'trade'>
  readonly random: Random
  readonly log: Logger
}

const MOST_PENDING = 200
const TOO_LATE_MS = 10 * 60_000

/**
 * Sees to it that all that is pending has a job: it may have been lost with a Redis, or be dead. How many are pending,
 * up to a bound.
 */
export async function resumePending({ db, state }: Pick<ExecutionParts, 'db' | 'state'>): Promise<number> {
  const pending = (await pendingExecutions(db, MOST_PENDING)).map(({ signal, agentId }) => {
    const job = { signalId: signal.id, agentId }
    return { job, options: { id: jobIdOf(job) } }
  })
  await state.signalTrades.addMany(pending)
  for (const { options } of pending) await state.signalTrades.redrive(options.id)
  return pending.length
}

/** Does jobs of `signalTrades` in this process. */
export function startExecutions({ db, state, trading, random, log }: ExecutionParts): QueueWorker {
  const outage = watchOutage(log, 'executing signals')

  const buy = async ({ signal, agentId }: PendingExecution, key: string): Promise<Settled | undefined> => {
    const { userId, chain, asset } = signal
    const agent = await state.agent.get({ agentId })
    const config = TradingConfig.safeParse(agent?.config).data
    if (agent?.status !== 'active' || !config) return skipped('the agent is not active')
    const listed = await listedAsset(state, chain, asset)
    const amount = await chosenSize(state, random, agentId, config, listed)
    const order = { agentId, side: 'buy', chain, asset, amount, reason: 'signal' } as const
    const { status, intentId, error } = await trading.trade(userId, key, order)
    if (status === 'UNKNOWN') return undefined
    return {
      status: status === 'CONFIRMED' ? 'EXECUTED' : 'FAILED',
      intentId,
      reason: error?.message ?? null,
    }
  }

  /** Undefined: it stays pending. */
  const outcomeOf = async (execution: PendingExecution): Promise<Settled | undefined> => {
    const { signal, agentId, ageMs } = execution
    const key = `signal:${signal.id}:${agentId}`
    const begun = await findIntentOfKey(db, signal.userId, key)
    if (begun) return settledBy(begun)
    if (ageMs > TOO_LATE_MS) return skipped('it was too late')
    try {
      return await buy(execution, key)
    } catch (error) {
      if (!(error instanceof DeskError) || STAYS_PENDING.has(error.code)) throw error
      return skipped(`${error.code}: ${error.message}`)
    }
  }

  return state.signalTrades.process(async ({ signalId, agentId }) => {
    try {
      const execution = await findPending(db, signalId, agentId)
      if (!execution) return { status: 'ENDED_BEFORE' }
      const settled = await outcomeOf(execution)
      if (!settled) throw new Error('what became of its trade is not known yet')
      await settleExecution(db, signalId, agentId, settled)
      outage.worked()
      return { status: settled.status }
    } catch (error) {
      if (!(error instanceof DeskError)) outage.failed(error)
      throw error
    }
  })
}

/** Refusals that pass: another process or order is at it, or the feed has yet to speak. */
const STAYS_PENDING: ReadonlySet<string> = new Set([
  'TRADE_IN_PROGRESS',
  'IDEMPOTENCY_MISMATCH',
  'STALE_PRICE',
  'NO_PRICE',
])

function settledBy({ id, state, error }: Intent): Settled | undefined {
  if (state === 'CONFIRMED') return { status: 'EXECUTED', intentId: id, reason: null }
  if (state === 'FAILED') return { status: 'FAILED', intentId: id, reason: error?.message ?? null }
  return undefined
}

function skipped(reason: string): Settled {
  return { status: 'SKIPPED', intentId: null, reason }
}
