/**
 * Signals: one piece of advice, tried once by each agent that takes advice of its kind.
 *
 *   accept ──(one transaction)──▶ signal + an execution and a job for each agent
 *                                   PENDING ──▶ EXECUTED | FAILED   (its trade is final)
 *                                      │ ╰────▶ SKIPPED             (the trade was refused, or it is too late)
 *                                      ╰─ stays PENDING while the outcome is not known; its job comes again
 *
 * The jobs are done by any process that has the role (`executions.ts`).
 */
import { signalTrades } from '../../keyspaces/jobs.ts'
import type { DeskState } from '../../ops/state.ts'
import { TradingConfig } from '../rules/config.ts'
import { whySkipped } from '../rules/signal-filter.ts'
import { insertSignal } from './rows.ts'
import { type Execution, jobIdOf, type Signal } from './signal.ts'

/** Takes signals. */
export interface FanOut {
  /**
   * Takes a signal. What its agents are to do with it is done by workers, from the commit on. `asset` normalised and
   * listed.
   *
   * @throws DeskError SIGNAL_DUPLICATE
   */
  accept(signal: Omit<Signal, 'id'>): Promise<{ signal: Signal; executions: Execution[] }>
}

/** The fan-out of a process that takes signals. */
export function createFanOut(state: Pick<DeskState, 'write'>): FanOut {
  return {
    accept: (advice) =>
      state.write(async (tx, changes) => {
        const accepted = await insertSignal(tx, advice, ({ status, config }) => {
          if (status !== 'active') return 'the agent is paused'
          const parsed = TradingConfig.safeParse(config)
          if (!parsed.success) return 'the config of the agent cannot be read'
          return whySkipped(advice, parsed.data.signals)
        })
        const { signal, executions } = accepted
        for (const { agentId, status } of executions) {
          const job = { signalId: signal.id, agentId }
          if (status === 'PENDING') changes.enqueue(signalTrades, job, { id: jobIdOf(job) })
        }
        return accepted
      }),
  }
}
