/**
 * Signals: one piece of advice, tried once by each agent that takes advice of its kind.
 *
 *   accept ──(one transaction)──▶ signal + an execution for each agent
 *                                   PENDING ──▶ EXECUTED | FAILED   (its trade is final)
 *                                      │ ╰────▶ SKIPPED             (the trade was refused, or it is too late)
 *                                      ╰─ stays PENDING while the outcome is not known; looked after again
 *
 * Guarantee: an agent trades at most once for a signal, in whatever process and however often it is tried, because
 * the key of the trade names both. What a process leaves pending is taken up by the next look of any process.
 *
 * Limit: advice is for the moment. An execution that nobody began to trade within ten minutes is skipped.
 */
import { type Clock, every, type Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../../db/database.ts'
import { findIntentOfKey, type Intent } from '../../db/intents.ts'
import { DeskError } from '../../domain/desk-error.ts'
import { listedAsset } from '../../market/price-view.ts'
import { watchOutage } from '../../ops/outage.ts'
import type { DeskState } from '../../ops/state.ts'
import { withinDeadline } from '../../timing/deadline.ts'
import { chosenSize } from '../chosen-size.ts'
import { TradingConfig } from '../rules/config.ts'
import { whySkipped } from '../rules/signal-filter.ts'
import type { Trading } from '../trading.ts'
import { insertSignal, isPending, pendingExecutions, settleExecution } from './rows.ts'
import type { Execution, PendingExecution, Settled, Signal } from './signal.ts'

/** What the fan-out stands on. */
export interface FanOutParts {
  readonly db: Database
  readonly state: DeskState
  readonly trading: Pick<Trading, 'trade'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** Signals at work. */
export interface FanOut {
  /**
   * Takes a signal and begins to execute it. `asset` normalised and listed.
   *
   * @throws DeskError SIGNAL_DUPLICATE
   */
  accept(signal: Omit<Signal, 'id'>): Promise<{ signal: Signal; executions: Execution[] }>
  /** Tries all that is pending. How many there were. Also done by itself, every few seconds. */
  resume(): Promise<number>
  /** Waits for what is under way; the rest stays pending. */
  close(): Promise<void>
}

const RESUME_EVERY_MS = 5_000
const MOST_AT_ONCE = 8
const MOST_PENDING = 200
const MOST_WAITING = 1_000
const TOO_LATE_MS = 10 * 60_000
const CLOSE_TIMEOUT_MS = 10_000

/** The fan-out, looking after what is pending from now on. */
export function startFanOut({ db, state, trading, clock, random, log }: FanOutParts): FanOut {
  const outage = watchOutage(log, 'executing signals')
  const inFlight = new Map<string, Promise<void>>()
  const waiting: PendingExecution[] = []
  const lanes = new Set<Promise<void>>()
  const closing = new AbortController()

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
    // It may have waited for its turn, and another process may have ended it meanwhile.
    if (!(await isPending(db, signal.id, agentId))) return undefined
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

  const execute = async (execution: PendingExecution): Promise<void> => {
    const { signal, agentId } = execution
    try {
      const settled = await outcomeOf(execution)
      if (settled) await settleExecution(db, signal.id, agentId, settled)
      outage.worked()
    } catch (error) {
      const isBusy = error instanceof DeskError
      if (!isBusy) outage.failed(error)
    }
  }

  /** One of the lanes, in which executions follow each other. However many signals come, there are no more of them. */
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !closing.signal.aborted; next = waiting.shift()) {
      const name = nameOf(next)
      if (inFlight.has(name)) continue
      const flight = execute(next).finally(() => inFlight.delete(name))
      inFlight.set(name, flight)
      await flight
    }
  }

  /** Executes in the lanes that are free. What is too much stays pending, and is resumed. */
  const run = async (executions: readonly PendingExecution[]): Promise<void> => {
    waiting.push(...executions.slice(0, MOST_WAITING - waiting.length))
    while (lanes.size < MOST_AT_ONCE && waiting.length > 0) {
      const opened = lane().finally(() => lanes.delete(opened))
      lanes.add(opened)
    }
    await Promise.all(lanes)
  }

  const resume = async (): Promise<number> => {
    const pending = await pendingExecutions(db, MOST_PENDING)
    await run(pending)
    return pending.length
  }

  const timer = every(clock, RESUME_EVERY_MS, () => resume().then(() => undefined, outage.failed))

  return {
    async accept(advice) {
      const accepted = await insertSignal(db, advice, ({ status, config }) => {
        if (status !== 'active') return 'the agent is paused'
        const parsed = TradingConfig.safeParse(config)
        if (!parsed.success) return 'the config of the agent cannot be read'
        return whySkipped(advice, parsed.data.signals)
      })
      const { signal, executions } = accepted
      const pending = executions.filter(({ status }) => status === 'PENDING')
      // Not awaited: it is durable, and who sent the signal has no use for the time that a venue takes.
      void run(pending.map(({ agentId }) => ({ signal, agentId, ageMs: 0 })))
      return accepted
    },
    resume,
    async close() {
      closing.abort()
      timer.cancel()
      const landed = Promise.all(inFlight.values()).then(() => undefined)
      await withinDeadline(
        clock,
        CLOSE_TIMEOUT_MS,
        landed,
        () => new Error('signals did not end in time'),
      ).catch((error: unknown) => log.warn({ err: error }, 'an execution of a signal stays pending'))
    },
  }
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

function nameOf({ signal, agentId }: PendingExecution): string {
  return `${signal.id}:${agentId}`
}
