import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import { openTestDesk, SOL, type TestDesk, useDatabase } from '../test-desk.ts'
import { type Account, freshKey, openAccount } from '../trading/account.ts'
import { type Client, clientOf, type Message } from './client.ts'

// Two servers, as two processes: what one commits, a client of the other hears of.
const database = useDatabase()
let here: TestDesk
let there: TestDesk
beforeAll(async () => {
  const store = redisStore(freshRedis())
  here = await openTestDesk({ database: database.open, store, tradesPerMinute: 1_000 })
  there = await openTestDesk({ database: database.open, store, board: here.board })
  for (const desk of [here, there]) await desk.app.listen({ port: 0, host: '127.0.0.1' })
  await here.source.trade(SOL, '100', Date.now())
})
afterAll(async () => {
  await here.close()
  await there.close()
})

const open = () => openAccount(here, { assets: [SOL] })
const accountsOf = (client: Client) => client.heard.filter(({ type }) => type === 'account')
async function follow(desk: TestDesk, { user }: Account): Promise<Client> {
  const client = await clientOf(desk, user.token)
  client.send({ type: 'subscribe', topics: ['account'] })
  await client.next('subscribed')
  return client
}
const versionOf = (message: Message | undefined) => Number(message?.['version'])

describe('the account', () => {
  test('is told at first, with the agents of the user, and then only when it has changed', async () => {
    const account = await open()
    const client = await follow(here, account)
    const first = await client.next('account')
    expect(first).toEqual({ type: 'account', version: expect.any(Number), agents: [account.agentId] })
    // Prices are no change of it.
    const prices = await clientOf(here, account.user.token)
    prices.send({ type: 'subscribe', topics: ['prices'] })
    await prices.next('prices')
    await here.source.trade(SOL, '101', Date.now())
    await prices.next('prices')
    expect(accountsOf(client).length).toBe(1)
    await account.buy(SOL, '100')
    expect(versionOf(await client.next('account'))).toBeGreaterThan(versionOf(first))
  })

  test('that changes by one server is heard of by the clients of the other within 250 ms', async () => {
    const account = await open()
    const clients = [await follow(here, account), await follow(there, account)]
    for (const client of clients) await client.next('account')
    const agent = `/api/v1/agents/${account.agentId}`
    const changes = {
      buy: () => account.buy(SOL, '100'),
      sell: () => account.sell(SOL),
      deposit: () => account.post(`${agent}/deposits`, { chain: 'solana', amount: '1' }, freshKey()),
      pause: () => account.patch(agent, { status: 'paused' }),
      configure: () => account.patch(`${agent}/config`, { purchase: { maxOpenPositions: 7 } }),
      agent: () => account.post('/api/v1/agents', { name: 'Another' }),
    }
    for (const [change, make] of Object.entries(changes)) {
      const before = clients.map((client) => versionOf(accountsOf(client).at(-1)))
      expect((await make()).statusCode).toBeLessThan(300)
      const committed = performance.now()
      await eventually(
        () => clients.every((client, index) => versionOf(accountsOf(client).at(-1)) > (before[index] ?? 0)),
        1_000,
      )
      expect(performance.now() - committed, `after: ${change}`).toBeLessThan(250)
    }
  })

  test('ends on the last change, however many there were', async () => {
    const account = await open()
    const client = await follow(there, account)
    await client.next('account')
    for (let round = 0; round < 10; round++) {
      await account.buy(SOL, '100')
      await account.sell(SOL)
    }
    const now = async () => (await there.state.account.get({ userId: account.user.id }))?.version
    await eventually(async () => versionOf(accountsOf(client).at(-1)) === (await now()))
    const versions = accountsOf(client).map(versionOf)
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
    expect(new Set(versions).size).toBe(versions.length)
  })

  test("of one user is no business of another's", async () => {
    const [account, other] = [await open(), await open()]
    const client = await follow(here, other)
    await client.next('account')
    await account.buy(SOL, '100')
    await other.buy(SOL, '100')
    await client.next('account')
    expect(accountsOf(client).every(({ agents }) => (agents as string[]).includes(other.agentId))).toBe(true)
    expect(JSON.stringify(client.heard)).not.toContain(account.agentId)
  })

  test('is told no more to who has left, and anew to who comes back', async () => {
    const account = await open()
    const client = await follow(here, account)
    const { version } = await client.next('account')
    client.send({ type: 'unsubscribe', topics: ['account'] })
    await client.next('subscribed')
    client.send({ type: 'subscribe', topics: ['account'] })
    expect(await client.next('account')).toMatchObject({ version })
  })
})
