import type { Clock, QueueWorker, Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Executor } from '../execution/executor.ts'
import { createTrading } from '../trading/create-trading.ts'
import { startAgentRuns } from '../trading/equity/sampler.ts'
import { startNotifying } from '../trading/notifying.ts'
import { resumePending, startExecutions } from '../trading/signals/executions.ts'
import { startReconciling } from './reconciling.ts'
import type { DeskState } from './state.ts'
import { startWarming } from './warming.ts'

/** What the work is started on. */
export interface WorkStart {
  readonly db: Database
  readonly state: DeskState
  readonly executor: Executor
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** No other process trades on this database. */
  readonly isAlone: boolean
  /** Told how to end what was started, in the order in which it was. */
  readonly onStarted: (end: () => Promise<unknown> | void) => void
}

/** What another process needs beyond the executor's deadline to write down what it heard. */
const GRACE_MS = 6_000
const DRAIN = '10s'

/**
 * Starts what the role `worker` does. Any number of processes share it: each job is done by one of them, each tick
 * fired by one. Resolves when the orders that were left open have been looked after.
 */
export async function startWork(start: WorkStart): Promise<void> {
  const { db, state, executor, clock, random, log, isAlone, onStarted } = start
  const trading = createTrading({ db, state, executor, clock, log })
  const drained = (worker: QueueWorker): void => onStarted(() => worker.drain(DRAIN))
  const reconciling = await startReconciling({
    trading,
    resume: () => resumePending({ db, state }),
    state,
    clock,
    log,
    isAlone,
    askAgainAfterMs: executor.deadlineMs + GRACE_MS,
  })
  onStarted(() => reconciling.close())
  drained(startExecutions({ db, state, trading, random, log }))
  drained(startNotifying(state))
  drained(startAgentRuns({ db, state }))
  const schedulers = [
    state.agentSchedule.enqueue(state.agentRuns, (tick) => ({ at: tick.toISOString(), after: '' })),
    ...startWarming({ db, state, log }),
  ]
  onStarted(() => Promise.all(schedulers.map((scheduler) => scheduler.stop())))
}
