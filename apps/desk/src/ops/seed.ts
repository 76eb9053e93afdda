import { createAgent, listAgentIds } from '../db/agents.ts'
import { saveAssets } from '../db/assets.ts'
import type { Database } from '../db/database.ts'
import { createUser, findUserByEmail, setPasswordHash } from '../db/users.ts'
import type { Asset } from '../domain/assets.ts'
import { hashPassword, inventPassword, verifyPassword } from '../http/passwords.ts'
import type { DemoLogin } from './insight.ts'
import { keptSecret } from './secrets.ts'
import type { DeskState } from './state.ts'

const DEMO_EMAIL = 'demo@holdfast.example'
const DEMO_AGENTS = [
  { name: 'Momentum', strategy: 'Buys strength on Solana, sells at a trailing stop.', status: 'active' },
  { name: 'Patience', strategy: 'Buys dips of staked assets and waits.', status: 'paused' },
] as const

/** Lists `assets`. Those of earlier starts stay. */
export async function seedAssets(db: Database, state: DeskState, assets: readonly Asset[]): Promise<void> {
  await saveAssets(db, assets)
  await state.assets.delete({})
}

/** Makes sure that the demo user exists, with the password of this data folder and two agents. */
export async function seedDemo(db: Database, state: DeskState, dataDir: string): Promise<DemoLogin> {
  const password = await keptSecret(dataDir, 'demo-password', inventPassword)
  await state.task.run({ task: 'seed' }, async () => {
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
