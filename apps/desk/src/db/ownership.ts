/**
 * A lock that lives as long as a session of PostgreSQL: what keeps a second desk away. PostgreSQL may end the session
 * (a restart, an administrator, a network that broke), and the lock goes with it without a word. So the end of the
 * connection is listened for, and the lock taken again; somebody else may have been faster.
 */
import { type Clock, sleep } from 'holdfast'
import pg from 'pg'

/** `lost`: PostgreSQL ended the session, and has not been reached since. `taken`: somebody else has the lock. */
export type OwnershipState = 'held' | 'lost' | 'taken'

/** A lock that is held, or at least asked for, until it is closed. */
export interface Ownership {
  state(): OwnershipState
  close(): Promise<void>
}

/** Which lock, and where. */
export interface OwnershipOptions {
  readonly url: string
  readonly lockId: number
  /** `together`: with others that said `together`. */
  readonly how: 'alone' | 'together'
  readonly clock: Clock
}

const CONNECT_TIMEOUT_MS = 5_000
/** A process that was killed a moment ago may still be being cleaned up after. */
const LOCK_TIMEOUT_MS = 2_000
/** For a server that hangs, and so cannot keep to the limit above. */
const ANSWER_TIMEOUT_MS = 20_000
const RETRY_AFTER_MS = 1_000
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Takes the lock. Null when somebody else's hold does not allow it.
 *
 * @throws Error of `pg` when PostgreSQL does not answer
 */
export async function takeOwnership(options: OwnershipOptions): Promise<Ownership | null> {
  const { clock } = options
  const first = await takeLock(options)
  if (!first) return null
  const closing = new AbortController()
  let holder: pg.Client | undefined
  let state: OwnershipState = 'held'

  const hold = (client: pg.Client): void => {
    holder = client
    state = 'held'
    client.once('end', () => {
      holder = undefined
      if (!closing.signal.aborted) void regain()
    })
  }

  const regain = async (): Promise<void> => {
    state = 'lost'
    while (!closing.signal.aborted) {
      try {
        const client = await takeLock(options)
        if (client && closing.signal.aborted) return void client.end().catch(() => undefined)
        if (client) return hold(client)
        state = 'taken'
      } catch {
        // Nobody can say who has it: PostgreSQL is away.
        state = 'lost'
      }
      await sleep(clock, RETRY_AFTER_MS, closing.signal).catch(() => undefined)
    }
  }

  hold(first)
  return {
    state: () => state,
    async close() {
      closing.abort()
      await holder?.end()
    },
  }
}

/** A session that has the lock, or null. */
async function takeLock({ url, lockId, how }: OwnershipOptions): Promise<pg.Client | null> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'holdfast-desk owner',
  })
  // Its end is listened for; the error alone would end the process.
  client.on('error', () => undefined)
  const lock = how === 'alone' ? 'pg_advisory_lock' : 'pg_advisory_lock_shared'
  try {
    await client.connect()
    await client.query(`SELECT ${lock}($1)`, [lockId])
    return client
  } catch (error) {
    void client.end().catch(() => undefined)
    if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return null
    throw error
  }
}
