import { SettingError } from '../domain/desk-error.ts'

/** What a process of the desk does. */
export const ROLES = ['api', 'worker', 'relay'] as const

/** What a process of the desk does. */
export type Role = (typeof ROLES)[number]

/** In one line each, for `--help`. */
export const ABOUT_ROLES: Readonly<Record<Role, string>> = {
  api: 'Answers HTTP and streams, runs the price feed, sells when prices say so',
  worker: 'Does jobs and what is scheduled: signals, notifications, agent runs, reconciliation, warm-up',
  relay: 'Hands on what commits left in the outbox: one of all such processes at a time',
}

/**
 * A process of some roles leaves work to others, which must see what it does.
 *
 * @throws SettingError naming ROLES
 */
export function refuseAlone({
  roles,
  redisUrl,
  databaseUrl,
}: {
  readonly roles: readonly Role[]
  readonly redisUrl: string | undefined
  readonly databaseUrl: string | undefined
}): void {
  const missing = ROLES.filter((role) => !roles.includes(role))
  if (missing.length === 0 || (redisUrl !== undefined && databaseUrl !== undefined)) return
  throw new SettingError(
    'ROLES',
    `leaves ${missing.join(' and ')} to other processes: give all of them the same DATABASE_URL and REDIS_URL.`,
  )
}
