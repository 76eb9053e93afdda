/** A server as its INFO describes it. */
export interface Server {
  /** Another one after each restart. */
  readonly runId: string
  readonly isPrimary: boolean
  /** Names the history of its data: another one once that was a replica's, or has replicas for the first time. */
  readonly replicationId: string
  /** Why what must not be lost or outdated cannot be kept there. */
  readonly problem: string | undefined
}

/** The sections of INFO that `readServer` needs. */
export const SERVER_SECTIONS: readonly string[] = ['server', 'replication', 'memory']

/** Undefined when INFO does not say which run of a server this is. */
export function readServer(info: string): Server | undefined {
  const field = (name: string): string | undefined => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  const runId = field('run_id')
  if (runId === undefined) return undefined
  const role = field('role')
  return {
    runId,
    isPrimary: role === 'master',
    replicationId: field('master_replid') ?? '',
    problem: problemOf(role, field('maxmemory_policy')),
  }
}

function problemOf(role = 'master', policy = 'noeviction'): string | undefined {
  if (role !== 'master') return 'it is a replica, and behind its primary: connect to the primary'
  // Keys without a TTL say that something must not be trusted: losing one is not a miss but a lie.
  if (policy.startsWith('allkeys-'))
    return `its maxmemory-policy ${policy} evicts keys that must stay: set noeviction or volatile-lru`
  return undefined
}
