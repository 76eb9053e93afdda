import { systemClock } from 'holdfast'
import type { LiveEvent } from 'holdfast/live'
import { redisStore } from 'holdfast/redis'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { freshRedis } from '../../../../test/servers/redis.ts'
import type { Notification } from '../../src/domain/events.ts'
import { openTestDesk, SOL, type TestDesk, type TestUser, useDatabase } from '../test-desk.ts'
import { openAccount } from '../trading/account.ts'
import { type Client, clientOf } from '../ws/client.ts'
import { problemIn } from './problem.ts'

// Two servers, as two processes, of which one does the jobs: what it tells a user is read from the other.
const database = useDatabase()
let desk: TestDesk
let worker: TestDesk
beforeAll(async () => {
  const store = redisStore(freshRedis())
  desk = await openTestDesk({ database: database.open, store })
  worker = await openTestDesk({ database: database.open, store, trades: true, board: desk.board })
  await desk.app.listen({ port: 0, host: '127.0.0.1' })
  await desk.source.trade(SOL, '100', systemClock.wall())
})
afterAll(async () => {
  await worker.close()
  await desk.close()
})

interface Told extends Notification {
  readonly id: string
  readonly position: string
  readonly at: string
}
interface View {
  readonly notifications: readonly Told[]
  readonly position: string | null
  readonly isComplete: boolean
}

const send = ({ headers }: TestUser, query = '') =>
  desk.app.inject({ url: `/api/v1/notifications?${query}`, headers })
const ask = async (user: TestUser, query?: string): Promise<View> => (await send(user, query)).json()
const textsOf = ({ notifications }: View) => notifications.map(({ text }) => text)
/** Tells a user so many things, `1` first. */
async function tell({ id: userId }: TestUser, count: number, first = 1): Promise<void> {
  for (let number = first; number < first + count; number++) {
    const told = { kind: 'exit', agentId: 'a', intentId: `i${number}`, status: 'CONFIRMED' } as const
    await worker.state.notifications.publish({ userId }, { ...told, text: String(number) })
  }
}

test('an order that ended is told of, with id, time and position, to nobody else', async () => {
  const { user, agentId, buy } = await openAccount(desk, { assets: [SOL] })
  expect(await ask(user)).toEqual({ notifications: [], position: null, isComplete: true })
  const startedMs = Date.now()
  const { intentId } = (await buy(SOL, '100')).json()
  await eventually(async () => (await ask(user)).notifications.length === 1, 15_000)
  const { notifications, position } = await ask(user)
  const [event] = await desk.state.notifications.history({ userId: user.id })
  expect(notifications).toEqual([
    {
      id: event?.id,
      position: event?.position,
      at: new Date(event?.atMs ?? 0).toISOString(),
      kind: 'fill',
      agentId,
      intentId,
      status: 'CONFIRMED',
      text: expect.stringMatching(/^Bought 0\.\d+ SOL for \S+ USDC\.$/),
    },
  ])
  expect(Math.abs(Date.parse(notifications[0]?.at ?? '') - startedMs)).toBeLessThan(60_000)
  expect(position).toBe(event?.position)
  expect((await ask(await desk.user())).notifications).toEqual([])
}, 30_000)

describe('of many', () => {
  test('come the latest, newest first, and whether there are others', async () => {
    const user = await desk.user()
    await tell(user, 51)
    const some = await ask(user)
    expect(textsOf(some)).toEqual(Array.from({ length: 50 }, (_, index) => String(51 - index)))
    expect(some).toMatchObject({ position: some.notifications[0]?.position, isComplete: false })
    expect(await ask(user, 'limit=51')).toMatchObject({ isComplete: true })
    const two = await ask(user, 'limit=2')
    expect(textsOf(two)).toEqual(['51', '50'])
    expect(two.isComplete).toBe(false)
  })

  test('come those after a position, and whether it was known', async () => {
    const user = await desk.user()
    await tell(user, 2)
    const { position } = await ask(user)
    const since = `since=${position}`
    expect(await ask(user, since)).toEqual({ notifications: [], position, isComplete: true })
    await tell(user, 3, 3)
    const after = await ask(user, since)
    expect([textsOf(after), after.isComplete]).toEqual([['5', '4', '3'], true])
    const most = await ask(user, `${since}&limit=3`)
    expect([textsOf(most), most.isComplete]).toEqual([['5', '4', '3'], true])
    const less = await ask(user, `${since}&limit=2`)
    expect([textsOf(less), less.isComplete]).toEqual([['5', '4'], false])
    expect(less.position).toBe(less.notifications[0]?.position)
    // Of another stream: as after a loss of Redis.
    const lost = await ask(user, 'since=another:4')
    expect([textsOf(lost), lost.isComplete]).toEqual([['5', '4', '3', '2', '1'], false])
    // Nothing is kept of it any more.
    const nobody = await desk.user()
    expect(await ask(nobody, since)).toEqual({ notifications: [], position, isComplete: false })
  })
})

test.each([
  ['limit=0', 'limit', 'must be a whole number from 1 to 500'],
  ['limit=501', 'limit', 'must be a whole number from 1 to 500'],
  ['limit=x', 'limit', 'must be a whole number from 1 to 500'],
  ['since=now', 'since', 'is no position of a notification'],
  ['since=', 'since', 'is no position of a notification'],
])('%s is refused', async (query, field, message) => {
  expect(problemIn(await send(await desk.user(), query))).toMatchObject({
    status: 400,
    code: 'INVALID_REQUEST',
    errors: [{ field, message }],
  })
})

test('as they come they are on the stream, which goes on where an answer ended', async () => {
  const [user, other] = [await desk.user(), await desk.user()]
  await tell(user, 2)
  const { position } = await ask(user)
  await tell(user, 1, 3)
  const follow = async ({ token }: TestUser, since: object = {}): Promise<Client> => {
    const client = await clientOf(desk, token)
    onTestFinished(() => client.socket.terminate())
    client.send({ type: 'subscribe', topics: ['notifications'], ...since })
    await client.next('begun')
    return client
  }
  const heardBy = ({ heard }: Client) =>
    heard.flatMap(({ events = [] }) => events as LiveEvent<Notification>[])
  const textsFor = (client: Client) => heardBy(client).map(({ value: { text } }) => text)
  const resumed = await follow(user, { since: { notifications: position } })
  const fresh = await follow(user)
  const stranger = await follow(other)
  await tell(user, 1, 4)
  await eventually(() => textsFor(resumed).includes('4') && textsFor(fresh).includes('4'))
  expect(textsFor(resumed)).toEqual(['3', '4'])
  expect(textsFor(fresh)).toEqual(['4'])
  const [event] = heardBy(fresh)
  const [latest] = (await ask(user)).notifications
  expect(latest).toEqual({ ...event?.value, id: event?.id, position: event?.position, at: latest?.at })
  await tell(other, 1)
  await eventually(() => textsFor(stranger).length > 0)
  expect(textsFor(stranger)).toEqual(['1'])
  expect(await resumeRefused(await clientOf(desk, user.token))).toBe('UNKNOWN_POSITION')
})

async function resumeRefused(client: Client): Promise<unknown> {
  onTestFinished(() => client.socket.terminate())
  client.send({ type: 'subscribe', topics: ['notifications'], since: { notifications: 'yesterday' } })
  return (await client.next('error'))['code']
}
