/** A process of the drill. It works until it is killed, or its parent has gone. */
import { open, systemRandom } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { endWithParent } from '../processes.ts'
import { pgTruth } from '../truth.ts'
import { AGENTS, moves, type NodeOrder } from './desk.ts'

const LANES = 4
const CHANGES_OF_A_WRITE = 10
const ROLLED_BACK = 0.1

endWithParent()
const { role, databaseUrl, redis } = JSON.parse(process.argv[2] ?? '') as NodeOrder
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 })
pool.on('error', () => undefined)
const state = await open(
  { moves },
  { store: redisStore(redis), truth: pgTruth(pool), outbox: { relay: role === 'relay', lease: '1s' } },
)

process.stdout.write('"ready"\n')

async function writeOn(): Promise<never> {
  for (;;) {
    // Locks are taken in one order.
    const first = Math.floor(systemRandom.float() * (AGENTS.length - CHANGES_OF_A_WRITE))
    await state
      .write(async (tx, changes) => {
        for (const agent of AGENTS.slice(first, first + CHANGES_OF_A_WRITE)) {
          const { rows } = await tx.query<{ version: number }>(
            `WITH moved AS (UPDATE account SET version = version + 1 WHERE agent = $1 RETURNING agent, version)
             INSERT INTO change SELECT agent, version FROM moved RETURNING version`,
            [agent],
          )
          changes.emit(moves, { agent }, { version: rows[0]?.version ?? 0 })
        }
        if (systemRandom.float() < ROLLED_BACK) throw new Error('rolled back')
      })
      .catch(() => undefined)
  }
}

if (role === 'api') await Promise.all(Array.from({ length: LANES }, writeOn))
if (role === 'worker')
  for (const agent of AGENTS)
    state.moves.consume(
      { agent },
      'effects',
      ({ id, value }) =>
        pool.query('INSERT INTO effect VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
          id,
          agent,
          value.version,
        ]),
      { concurrency: 10, claimAfter: '1s', attempts: 1_000 },
    )
