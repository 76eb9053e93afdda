/** The desk's truth. Times are `timestamptz`; who is who is a uuid made by PostgreSQL; money is `numeric`. */
export { agents, users } from './schema/accounts.ts'
export { assets } from './schema/assets.ts'
export { balances, equity, ledger, transactions } from './schema/money.ts'
export { paperOrders } from './schema/paper.ts'
export { signalExecutions, signals } from './schema/signals.ts'
export { intents, positions } from './schema/trades.ts'
export { wallets } from './schema/wallets.ts'
