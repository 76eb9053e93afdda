import type { OpenDatabase } from '../db/database.ts'
import type { AlertRule } from './alerts.ts'

/** The alert for two desks on one database that do not see each other's state. */
export function ownershipAlert({ ownership }: Pick<OpenDatabase, 'ownership'>): AlertRule {
  return {
    code: 'DATABASE_SHARED',
    severity: 'critical',
    probe() {
      if (ownership() !== 'taken') return null
      return 'Another desk has begun on this database while the connection that keeps others away was cut: the two do not see the same state. Stop one of them.'
    },
  }
}
