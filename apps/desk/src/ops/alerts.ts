import { type Clock, every } from 'holdfast'
import type { Logger } from 'pino'

/** Something that a person should look at. */
export interface Alert {
  /** Stable. */
  readonly code: AlertCode
  readonly severity: 'warning' | 'critical'
  /** For people. */
  readonly message: string
  /** Since when, ms since 1970 UTC. */
  readonly since: number
}

/** Everything that the desk raises an alert for. */
export const ALERT_CODES = [
  'FEED_SILENT',
  'TRADES_UNRESOLVED',
  'EXITS_FAILING',
  'OUTBOX_LAG',
  'JOBS_DEAD',
  'DATABASE_SHARED',
] as const

/** What an alert is about. */
export type AlertCode = (typeof ALERT_CODES)[number]

/** Looks whether something is wrong. */
export interface AlertRule {
  readonly code: AlertCode
  readonly severity: Alert['severity']
  /** What is wrong, or null. A rejection says nothing either way: the alert stays as it is. */
  readonly probe: () => string | null | Promise<string | null>
}

/** The alerts of a desk. */
export interface Alerts {
  /** Those that are raised now, in the order of their rules. */
  current(): Alert[]
  /** Looks at everything now. Also done by itself, every few seconds. */
  check(): Promise<void>
  close(): void
}

const CHECK_EVERY_MS = 5_000

/** Looks after `rules` from now on. Each alert is logged when it is raised and when it is over. */
export function startAlerts(rules: readonly AlertRule[], clock: Clock, log: Logger): Alerts {
  const raised = new Map<AlertCode, Alert>()

  const checkOne = async ({ code, severity, probe }: AlertRule): Promise<void> => {
    let message: string | null
    try {
      message = await probe()
    } catch (error) {
      return log.warn({ err: error, code }, 'an alert could not be looked after')
    }
    const before = raised.get(code)
    if (message !== null) {
      raised.set(code, { code, severity, message, since: before?.since ?? clock.wall() })
      if (!before) log.error({ code, severity }, `alert: ${message}`)
    } else if (before) {
      raised.delete(code)
      log.warn({ code, lastedMs: Math.round(clock.wall() - before.since) }, `alert over: ${before.message}`)
    }
  }

  const check = async (): Promise<void> => {
    for (const rule of rules) await checkOne(rule)
  }
  const timer = every(clock, CHECK_EVERY_MS, check)
  return {
    current: () => rules.flatMap(({ code }) => raised.get(code) ?? []),
    check,
    close: () => timer.cancel(),
  }
}
