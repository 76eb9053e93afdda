import type { Clock } from 'holdfast'
import type { Logger } from 'pino'
import { withinDeadline } from '../timing/deadline.ts'
import type { Trading } from '../trading/trading.ts'
import { watchOutage } from './outage.ts'
import type { DeskState } from './state.ts'

/** What reconciling stands on. */
export interface ReconcilingParts {
  readonly trading: Pick<Trading, 'reconcile'>
  /** Sees to it that what signals left pending is looked after. */
  readonly resume: () => Promise<unknown>
  readonly state: Pick<DeskState, 'reconcileSchedule' | 'tradeResult' | 'depositResult' | 'notify'>
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

const CLOSE_TIMEOUT_MS = 10_000
/** Long after any job could be done once more. */
const EFFECTS_KEPT = '40d'

/** Settles what was left open; resolves when that is done. Then does so again every minute, one process at a time. */
export async function startReconciling(parts: ReconcilingParts): Promise<Reconciling> {
  const { trading, resume, state, clock, log, isAlone, askAgainAfterMs } = parts
  const outage = watchOutage(log, 'reconciling orders')
  let atWork: Promise<void> = Promise.resolve()

  const pass = async (): Promise<void> => {
    try {
      await trading.reconcile()
      await resume()
      await state.tradeResult.sweep()
      await state.depositResult.sweep()
      await state.notify.sweepOnce(EFFECTS_KEPT)
      outage.worked()
    } catch (error) {
      outage.failed(error)
    }
  }
  const next = (): Promise<void> => (atWork = atWork.then(pass))

  // Whoever else is at it: two at it do no harm.
  const report = await trading.reconcile({ everyAge: isAlone })
  if (report.checked > 0) log.warn(report, 'orders were left open, and looked after at the start')
  await resume()
  const soon = clock.after(askAgainAfterMs, () => void next())
  const scheduler = state.reconcileSchedule.start(next)
  return {
    async close() {
      soon.cancel()
      await scheduler.stop()
      await withinDeadline(
        clock,
        CLOSE_TIMEOUT_MS,
        atWork,
        () => new Error('reconciling did not end in time'),
      )
    },
  }
}
