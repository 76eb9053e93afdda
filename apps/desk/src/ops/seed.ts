import { type Clock, LockNotAcquiredError, sleep } from 'holdfast'
import { createAgent, listAgentIds } from '../db/agents.ts'
import { saveAssets } from '../db/assets.ts'
import type { Database } from '../db/database.ts'
import { createUser, findUserByEmail, setPasswordHash } from '../db/users.ts'
import type { Asset } from '../domain/assets.ts'
import { hashPassword, inventPassword, verifyPassword } from '../http/passwords.ts'
import { INTERVALS } from '../market/candles/interval.ts'
import type { DemoLogin } from './insight.ts'
import { keptSecret } from './secrets.ts'
import type { DeskState } from './state.ts'

/** Who the demo is signed in as. */
export const DEMO_EMAIL = 'demo@holdfast.example'
/** Its agents. */
export const DEMO_AGENTS = [
  { name: 'Momentum', strategy: 'Buys strength on Solana, sells at a trailing stop.', status: 'active' },
  { name: 'Patience', strategy: 'Buys dips of staked assets and waits.', status: 'paused' },
] as const

/** Longer than the lease of the lock: a desk that was killed while seeding holds it for that long. */
const LONGEST_WAIT_MS = 15_000
const ASK_AGAIN_MS = 100

/**
 * Lists `assets`; those of earlier starts stay. What the store remembers of their prices and candles goes: it is of
 * another run of the market.
 */
export async function seedAssets(db: Database, state: DeskState, assets: readonly Asset[]): Promise<void> {
  await saveAssets(db, assets)
  await state.assets.delete({})
  await state.price.deleteMany(assets)
  await state.ohlcv.deleteMany(
    assets.flatMap(({ chain, asset }) => INTERVALS.map((interval) => ({ chain, asset, interval }))),
  )
}

/** Makes sure that the demo user exists, with the password of this data folder and two agents. */
export async function seedDemo(
  db: Database,
  state: DeskState,
  clock: Clock,
  dataDir: string,
): Promise<DemoLogin> {
  const password = await keptSecret(dataDir, 'demo-password', inventPassword)
  await inTurn(state, clock, async () => {
    const known = await findUserByEmail(db, DEMO_EMAIL)
    // Another data folder on the same database has another password: the last one counts.
    if (known && !(await verifyPassword(password, known.passwordHash))) {
      await setPasswordHash(db, known.id, await hashPassword(password))
    }
    const user = known ?? (await createUser(db, DEMO_EMAIL, await hashPassword(password)))
    if (user && (await listAgentIds(db, user.id)).length === 0) {
      for (const agent of DEMO_AGENTS) await createAgent(db, user.id, agent)
      await state.agentIds.delete({ userId: user.id })
    }
  })
  return { email: DEMO_EMAIL, password }
}

/** One desk seeds at a time; the others wait for it. */
async function inTurn(state: DeskState, clock: Clock, seed: () => Promise<void>): Promise<void> {
  const endMs = clock.now() + LONGEST_WAIT_MS
  for (;;) {
    try {
      return await state.task.run({ task: 'seed' }, seed)
    } catch (error) {
      if (!(error instanceof LockNotAcquiredError) || clock.now() > endMs) throw error
    }
    await sleep(clock, ASK_AGAIN_MS)
  }
}
