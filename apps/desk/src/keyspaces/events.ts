import { topic } from 'holdfast'
import { Notification, PortfolioEvent, PositionEvent, TradeEvent } from '../domain/events.ts'

/** Events that are kept, of each agent or user. */
export const MOST_KEPT = 500

/**
 * All of these leave with the transaction that they tell of, by the outbox: at least once, each under one event id.
 * Those of one agent come in the order of the commits, but for the steps of different orders that are under way.
 */
const KEPT = { history: '1d', maxLength: MOST_KEPT, maxEventSize: '8kB' } as const

/** Emitted by every step of an order. */
export const tradeEvents = topic({
  key: 'events:trades:{agentId}',
  about: 'Each step of the orders of an agent, as of its commit. For screens, and whoever follows an agent.',
  value: TradeEvent,
  ...KEPT,
})

/** Emitted by every executed order. */
export const positionEvents = topic({
  key: 'events:positions:{agentId}',
  about: 'Each position of an agent as a trade has left it: opened, added to, sold from or closed.',
  value: PositionEvent,
  ...KEPT,
})

/** Emitted by every executed order and deposit. */
export const portfolioEvents = topic({
  key: 'events:portfolio:{agentId}',
  about: 'What came and went in the wallets of an agent, with each deposit and executed order.',
  value: PortfolioEvent,
  ...KEPT,
})

/** Emitted by the job that looks whether the user wants to be told (`notify`). */
export const notifications = topic({
  key: 'events:notifications:{userId}',
  about: 'What a user is told of, as their preferences say: orders that ended, each once.',
  value: Notification,
  ...KEPT,
})
