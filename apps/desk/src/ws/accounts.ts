import type { Live } from 'holdfast/live'
import type { DeskState } from '../ops/state.ts'
import type { DeskChannel, DeskChannels } from './channels.ts'

/**
 * Tells the bridge whose account has changed, each time the returned function is called. A number in memory is compared,
 * until a commit of any process invalidates it there.
 */
export function followAccounts(
  state: Pick<DeskState, 'account'>,
  live: Pick<Live<DeskChannel>, 'changed' | 'followed'>,
  account: DeskChannels['account'],
): () => Promise<void> {
  let known = new Map<string, number | undefined>()
  return async () => {
    const userIds = live.followed(account).flatMap(({ scope }) => scope ?? [])
    if (userIds.length === 0) return
    const accounts = await state.account.getMany(userIds.map((userId) => ({ userId })))
    const versions = new Map(userIds.map((userId, index) => [userId, accounts[index]?.version]))
    for (const [userId, version] of versions)
      if (version !== known.get(userId)) live.changed(account, {}, { scope: userId })
    known = versions
  }
}
