import type { Changes } from 'holdfast'
import type { Intent } from '../db/intents.ts'
import * as keyspaces from '../keyspaces/trading.ts'

/** The order took a step that moved no money but may have reserved some. */
export function touchOrder(changes: Changes, { id, agentId, userId }: Intent): void {
  changes.touch(keyspaces.tradeStatus, { intentId: id })
  changes.touch(keyspaces.balances, { agentId })
  changes.touch(keyspaces.account, { userId })
}

/** Money came or went. */
export function touchMoney(changes: Changes, agentId: string, userId: string): void {
  changes.touch(keyspaces.balances, { agentId })
  changes.touch(keyspaces.portfolio, { agentId })
  changes.touch(keyspaces.account, { userId })
}

/** The order was executed: everything that is derived from money and positions. */
export function touchTrade(changes: Changes, { id, agentId, userId, chain, asset }: Intent): void {
  touchMoney(changes, agentId, userId)
  changes.touch(keyspaces.tradeStatus, { intentId: id })
  changes.touch(keyspaces.openPositions, { agentId })
  changes.touch(keyspaces.exposure, { chain, asset })
}
