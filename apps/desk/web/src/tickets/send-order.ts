import { ApiProblem } from '../api/problem.ts'
import type { TradingApi } from '../api/trading.ts'
import type { OrderReply } from './attempt.ts'
import type { Order } from './order.ts'

/** Sends what a ticket asks for to where it is asked for. `onUnauthorised`: the session is over. */
export function sendOrder(
  api: TradingApi,
  onUnauthorised: () => void,
): (order: Order, key: string) => Promise<OrderReply> {
  return async (order, key) => {
    try {
      return await sent(api, order, key)
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) onUnauthorised()
      throw error
    }
  }
}

async function sent(api: TradingApi, order: Order, key: string): Promise<OrderReply> {
  if (order.kind === 'deposit') {
    const { kind: _, ...deposit } = order
    const { replayed } = await api.deposit(deposit, key)
    return { trade: null, replayed }
  }
  const { kind: _, ...trade } = order
  return api.trade(trade, key)
}
