import type { AlertRule } from './alerts.ts'
import type { DeskState } from './state.ts'

/** From here on what was committed is late on screens, and jobs are late. */
const LAG_MS = 10_000

/** Alerts about what was committed and has not arrived, and about jobs that nobody could do. */
export function messagingAlerts(
  state: Pick<DeskState, 'outbox' | 'notify' | 'signalTrades' | 'agentRuns'>,
): AlertRule[] {
  return [
    {
      code: 'OUTBOX_LAG',
      severity: 'critical',
      async probe() {
        const outbox = await state.outbox()
        if (!outbox) return null
        const { waiting, oldestMs, problem } = outbox
        if (waiting === 0 || oldestMs < LAG_MS) return null
        const why = problem === null ? 'does a process with the role relay run?' : problem
        return `${waiting} events and jobs wait to be handed on, for more than ${LAG_MS / 1_000} s: ${why}`
      },
    },
    {
      code: 'JOBS_DEAD',
      severity: 'warning',
      async probe() {
        const queues = {
          notify: state.notify,
          'signal-trades': state.signalTrades,
          'agent-runs': state.agentRuns,
        }
        const dead = await Promise.all(
          Object.entries(queues).map(async ([name, queue]) => ({ name, count: (await queue.counts()).dead })),
        )
        const some = dead.filter(({ count }) => count > 0).map(({ name, count }) => `${count} of ${name}`)
        const refused = (await state.outbox())?.refused ?? 0
        if (refused > 0) some.push(`${refused} in the outbox`)
        return some.length === 0 ? null : `Jobs that no attempt is left for: ${some.join(', ')}.`
      },
    },
  ]
}
