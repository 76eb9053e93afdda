import { type Clock, every, LockNotAcquiredError } from 'holdfast'
import type { Logger } from 'pino'
import { withinDeadline } from '../timing/deadline.ts'
import type { Trading } from '../trading/trading.ts'
import { watchOutage } from './outage.ts'
import type { DeskState } from './state.ts'

/** What reconciling stands on. */
export interface ReconcilingParts {
  readonly trading: Pick<Trading, 'reconcile'>
  readonly state: Pick<DeskState, 'task' | 'tradeResult' | 'depositResult'>
  readonly clock: Clock
  readonly log: Logger
  /** No other process trades on this database: what is open now was left by one that is gone. */
  readonly isAlone: boolean
  /** When what another process left open at our start is old enough to be asked about. */
  readonly askAgainAfterMs: number
}

/** Reconciliation at work. */
export interface Reconciling {
  /** Begins no further pass, and waits for the one at work. */
  close(): Promise<void>
}

const EVERY_MS = 60_000
const CLOSE_TIMEOUT_MS = 10_000

/** Settles what was left open; resolves when that is done. Then does so again every minute, one process at a time. */
export async function startReconciling(parts: ReconcilingParts): Promise<Reconciling> {
  const { trading, state, clock, log, isAlone, askAgainAfterMs } = parts
  const outage = watchOutage(log, 'reconciling orders')
  let atWork: Promise<void> = Promise.resolve()

  const pass = async (): Promise<void> => {
    try {
      await state.task.run({ task: 'reconcile' }, async () => {
        await trading.reconcile()
        await state.tradeResult.sweep()
        await state.depositResult.sweep()
      })
      outage.worked()
    } catch (error) {
      if (!(error instanceof LockNotAcquiredError)) outage.failed(error)
    }
  }
  const next = (): Promise<void> => (atWork = atWork.then(pass))

  // Without the lock: who was killed holding it must not keep us from looking. Two at it do no harm.
  const report = await trading.reconcile({ everyAge: isAlone })
  if (report.checked > 0) log.warn(report, 'orders were left open, and looked after at the start')
  const soon = clock.after(askAgainAfterMs, () => void next())
  const timer = every(clock, EVERY_MS, next)
  return {
    async close() {
      soon.cancel()
      timer.cancel()
      await withinDeadline(
        clock,
        CLOSE_TIMEOUT_MS,
        atWork,
        () => new Error('reconciling did not end in time'),
      )
    },
  }
}
