import type { DeskState } from '../ops/state.ts'
import type { Connection } from './connection.ts'

/**
 * Tells those who follow their account when it has changed. A number in memory is compared, until a commit of any
 * process invalidates it there.
 */
export async function sendAccounts(
  connections: readonly Connection[],
  state: Pick<DeskState, 'account' | 'agentIds'>,
): Promise<void> {
  const followers = connections.flatMap((connection) => {
    const { userId, following } = connection
    return userId !== undefined && following.accountVersion !== undefined ? [{ connection, userId }] : []
  })
  if (followers.length === 0) return
  const userIds = [...new Set(followers.map(({ userId }) => userId))]
  const accounts = await state.account.getMany(userIds.map((userId) => ({ userId })))
  const versions = new Map(userIds.map((userId, index) => [userId, accounts[index]?.version]))
  const agents = new Map<string, readonly string[]>()
  for (const { connection, userId } of followers) {
    const { following } = connection
    const version = versions.get(userId)
    if (version === undefined || following.accountVersion === version) continue
    const agentIds = agents.get(userId) ?? (await state.agentIds.get({ userId })) ?? []
    agents.set(userId, agentIds)
    // Asked for first, so that nothing is settled that was not sent.
    connection.send({ type: 'account', version, agents: agentIds })
    following.settleAccount(version)
  }
}
