import { describe, expect, test, vi } from 'vitest'
import { ApiProblem } from '../../src/api/problem.ts'
import { createRequest } from '../../src/api/request.ts'
import { createTradingApi } from '../../src/api/trading.ts'
import { sendOrder } from '../../src/tickets/send-order.ts'
import { trade } from '../fixtures.ts'

const order = { agentId: 'a1', side: 'buy', chain: 'solana', asset: 'So1', amount: '100' } as const

function apiThat(respond: () => Response) {
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(respond()))
  const api = createTradingApi(createRequest({ fetch: fetched, token: () => 'secret' }))
  const call = (index = 0) => {
    const [url, init] = fetched.mock.calls[index] ?? []
    return {
      url,
      body: JSON.parse(typeof init?.body === 'string' ? init.body : 'null') as unknown,
      headers: new Headers(init?.headers),
    }
  }
  return { api, call }
}

describe('a trade', () => {
  test('carries its key, and the order as it is', async () => {
    const { api, call } = apiThat(() => Response.json(trade(), { status: 201 }))
    expect(await api.trade(order, 'k1')).toEqual({ trade: trade(), replayed: false })
    expect(call()).toMatchObject({ url: '/api/v1/trades', body: order })
    expect(call().headers.get('idempotency-key')).toBe('k1')
  })

  test('that was done before is known as such', async () => {
    const headers = { 'idempotency-replayed': 'true' }
    const { api } = apiThat(() => Response.json(trade(), { status: 200, headers }))
    expect((await api.trade(order, 'k1')).replayed).toBe(true)
  })

  test('that is refused for a while says for how long', async () => {
    const { api } = apiThat(() =>
      Response.json(
        { code: 'RATE_LIMITED', detail: 'Too many.' },
        { status: 429, headers: { 'retry-after': '12' } },
      ),
    )
    await expect(api.trade(order, 'k1')).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 12_000 })
  })

  test.each(['soon', '-1', 'Wed, 21 Oct 2026 07:28:00 GMT'])('does not wait for “%s”', async (header) => {
    const { api } = apiThat(() => new Response('', { status: 503, headers: { 'retry-after': header } }))
    await expect(api.trade(order, 'k1')).rejects.toMatchObject({ retryAfterMs: null })
  })
})

describe('a page of transactions', () => {
  test('names its limit, and where it starts', async () => {
    const { api, call } = apiThat(() => Response.json({ transactions: [] }))
    await api.transactions('a/1', { limit: 25 })
    await api.transactions('a/1', { limit: 25, before: 't 9' })
    expect(call(0).url).toBe('/api/v1/agents/a%2F1/transactions?limit=25')
    expect(call(1).url).toBe('/api/v1/agents/a%2F1/transactions?limit=25&before=t%209')
  })
})

describe('what a ticket sends', () => {
  test('is the order alone, without what the page keeps with it', async () => {
    const { api, call } = apiThat(() => Response.json(trade(), { status: 201 }))
    const send = sendOrder(api, () => undefined)
    await send({ kind: 'trade', ...order }, 'k1')
    await send({ kind: 'deposit', agentId: 'a1', chain: 'solana', amount: '5' }, 'k2')
    expect(call(0).body).toEqual(order)
    expect(call(1)).toMatchObject({
      url: '/api/v1/agents/a1/deposits',
      body: { chain: 'solana', amount: '5' },
    })
    expect(call(1).headers.get('idempotency-key')).toBe('k2')
  })

  test('ends the session that the desk no longer accepts', async () => {
    const { api } = apiThat(() =>
      Response.json({ code: 'TOKEN_EXPIRED', detail: 'Expired.' }, { status: 401 }),
    )
    const onUnauthorised = vi.fn<() => void>()
    await expect(sendOrder(api, onUnauthorised)({ kind: 'trade', ...order }, 'k1')).rejects.toThrow(
      ApiProblem,
    )
    expect(onUnauthorised).toHaveBeenCalledOnce()
  })
})
