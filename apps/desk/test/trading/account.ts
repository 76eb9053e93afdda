import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import type { Agent } from '../../src/domain/agent.ts'
import type { Asset } from '../../src/domain/assets.ts'
import type { TestDesk, TestUser } from '../test-desk.ts'

/** What a route answers. */
type Answer = LightMyRequestResponse
/** What was read is for the test to check, not for the compiler. */
type Read = ReturnType<typeof JSON.parse>

/** An active agent with money, and the routes below it, as its owner asks for them. */
export interface Account {
  readonly user: TestUser
  readonly agentId: string
  get(path: string): Promise<Answer>
  /** `GET /api/v1/agents/:id/<path>`, which must be answered. */
  read(path: string): Promise<Read>
  post(path: string, payload: object, key?: string): Promise<Answer>
  patch(path: string, payload: object): Promise<Answer>
  /** `POST /api/v1/trades`. A new key each time, unless it is said. */
  trade(order: object, key?: string): ReturnType<Account['post']>
  buy(asset: Asset, amount: string, key?: string): ReturnType<Account['post']>
  sell(asset: Asset, amount?: string, key?: string): ReturnType<Account['post']>
}

let keys = 0

/** A key that nobody used. */
export function freshKey(): string {
  return `key-${process.pid}-${keys++}`
}

/** Limits that stand in nobody's way. */
export const GENEROUS = {
  minimumBalance: '0',
  minPurchase: '0.000001',
  maxPurchase: '1000000',
  sizes: [{ fromBalance: '1', least: '100', most: '100' }],
}

/** Registers, makes an agent, activates it and gives it 10,000 USDC on each chain of `assets`. */
export async function openAccount(
  desk: TestDesk,
  {
    assets,
    status = 'active',
    config = {},
  }: {
    readonly assets: readonly Asset[]
    readonly status?: Agent['status']
    readonly config?: object
  },
): Promise<Account> {
  const user = await desk.user()
  const { headers } = user
  const send = (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object, key?: string) =>
    desk.app.inject({
      method,
      url,
      headers: { ...headers, ...(key !== undefined && { 'idempotency-key': key }) },
      ...(payload && { payload }),
    })
  const made = await send('POST', '/api/v1/agents', { name: 'Trader' })
  const agentId: string = made.json().id
  const account: Account = {
    user,
    agentId,
    get: (path) => send('GET', path),
    async read(path) {
      const answer = await send('GET', `/api/v1/agents/${agentId}/${path}`)
      expect([path, answer.statusCode, answer.body]).toEqual([path, 200, expect.any(String)])
      return answer.json()
    },
    post: (path, payload, key) => send('POST', path, payload, key),
    patch: (path, payload) => send('PATCH', path, payload),
    trade: (order, key = freshKey()) => send('POST', '/api/v1/trades', { agentId, ...order }, key),
    buy: ({ chain, asset }, amount, key) => account.trade({ side: 'buy', chain, asset, amount }, key),
    sell: ({ chain, asset }, amount, key) =>
      account.trade({ side: 'sell', chain, asset, ...(amount !== undefined && { amount }) }, key),
  }
  const chains = new Set(assets.map(({ chain }) => chain))
  for (const chain of chains) {
    const answer = await send(
      'POST',
      `/api/v1/agents/${agentId}/deposits`,
      { chain, amount: '10000' },
      freshKey(),
    )
    expect(answer.statusCode).toBe(201)
  }
  for (const patch of [{ purchase: { limits: { USDC: GENEROUS } } }, config]) {
    const configured = await send('PATCH', `/api/v1/agents/${agentId}/config`, patch)
    expect([configured.statusCode, configured.body]).toEqual([200, expect.any(String)])
  }
  await send('PATCH', `/api/v1/agents/${agentId}`, { status })
  return account
}
