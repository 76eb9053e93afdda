import { type LiveLimits, LiveRefusedError, openLive, value } from 'holdfast/live'
import { virtualClock } from 'holdfast/testing'
import { expect, test } from 'vitest'
import { RecordedPipe } from './wired.ts'

const DAY_MS = 86_400_000

function bridge(limits: Partial<LiveLimits> = {}, lifeMs?: number) {
  const clock = virtualClock()
  const revoked = new Set<string>()
  const errors: unknown[] = []
  const agents = value({
    key: 'agent:{agentId}',
    async may({ agentId }, who: string) {
      if (agentId === 'broken') throw new Error('the database is gone')
      if (agentId === 'unknown') throw new LiveRefusedError('AGENT_UNKNOWN', 'There is no such agent.')
      return agentId === agentId.toLowerCase() ? agentId.startsWith(who) : { agentId: agentId.toLowerCase() }
    },
    get: ({ agentId }) => agentId,
  })
  const live = openLive([agents], {
    authenticate(token) {
      if (token === 'down') throw new Error('nobody can say')
      if (revoked.has(token)) throw new LiveRefusedError('SESSION_ENDED', 'Sign in again.')
      return { who: token, user: token, ...(lifeMs !== undefined && { lifeMs }) }
    },
    clock,
    limits,
    onError: (error) => errors.push(error),
  })
  const connect = async (token?: string) => {
    const pipe = new RecordedPipe()
    const connection = live.connect(pipe)
    if (token !== undefined) await connection.receive(JSON.stringify({ type: 'auth', token }))
    return { pipe, connection, say: (message: unknown) => connection.receive(JSON.stringify(message)) }
  }
  return { clock, live, connect, revoked, errors }
}

test('a token is asked for, in time', async () => {
  const { clock, connect, live } = bridge()
  const { pipe, say } = await connect()
  await say({ type: 'subscribe', topics: ['agent:ada'] })
  await say({ type: 'ping' })
  expect(pipe.take().map(({ type, code }) => code ?? type)).toEqual(['UNAUTHENTICATED', 'pong'])
  await clock.advance(5_000)
  expect([pipe.closed?.code, live.counts.connections]).toEqual([4408, 0])
})

test('a token that is refused ends the connection, with its code', async () => {
  const { connect, revoked, errors } = bridge()
  revoked.add('ada')
  const { pipe } = await connect('ada')
  expect(pipe.take()).toMatchObject([{ type: 'error', code: 'SESSION_ENDED', detail: 'Sign in again.' }])
  expect(pipe.closed?.code).toBe(4401)
  expect(errors).toEqual([])
})

test('a token that lives for months ends on its day: longer than any timer of the host can wait', async () => {
  const { clock, connect } = bridge({ heartbeatMs: DAY_MS, lookAgainMs: DAY_MS }, 60 * DAY_MS)
  const { pipe, connection } = await connect('ada')
  for (let day = 0; day < 60; day++) {
    expect(pipe.closed).toBeUndefined()
    await clock.advance(DAY_MS)
    connection.alive()
  }
  expect(pipe.closed?.code).toBe(4401)
})

test('a token that is revoked ends its connection when it is looked at again; one that nobody can check does not', async () => {
  const { clock, connect, revoked } = bridge()
  const [ada, bob] = [await connect('ada'), await connect('bob')]
  revoked.add('ada')
  await clock.advance(5_000)
  expect([ada.pipe.closed?.code, bob.pipe.closed]).toEqual([4401, undefined])
})

test('topics are allowed one by one, each refusal has its code and says of which', async () => {
  const { connect, errors } = bridge()
  const { pipe, say } = await connect('ada')
  pipe.take()
  const topics = [
    'agent:ada1',
    'agent:bob1',
    'agent:unknown',
    'agent:broken',
    'agents:ada1',
    'agent:',
    'agent:%zz',
  ]
  await say({ type: 'subscribe', topics })
  const [subscribed, ...none] = pipe.heard.filter(({ type }) => type === 'subscribed')
  expect([subscribed, none]).toEqual([{ type: 'subscribed', topics: ['agent:ada1'] }, []])
  expect(pipe.take('error').map(({ topic, code }) => [topic, code])).toEqual([
    ['agent:bob1', 'FORBIDDEN'],
    ['agent:unknown', 'AGENT_UNKNOWN'],
    ['agent:broken', 'UNAVAILABLE'],
    ['agents:ada1', 'UNKNOWN_TOPIC'],
    ['agent:', 'UNKNOWN_TOPIC'],
    ['agent:%zz', 'UNKNOWN_TOPIC'],
  ])
  // What failed on our side is nobody else's business.
  expect(errors.map(String)).toEqual(['Error: the database is gone'])
})

test('a topic that is written in another way is one and the same, and can be left as it was asked for', async () => {
  const { connect } = bridge()
  const { pipe, say } = await connect('ada')
  await say({ type: 'subscribe', topics: ['agent:ADA', 'agent:Ada'] })
  const as = { 'agent:ADA': 'agent:ada', 'agent:Ada': 'agent:ada' }
  expect(pipe.take('subscribed')).toEqual([{ type: 'subscribed', topics: ['agent:ada'], as }])
  await say({ type: 'unsubscribe', topics: ['agent:Ada'] })
  expect(pipe.take('subscribed')).toEqual([{ type: 'subscribed', topics: [] }])
})

test('who signs in as somebody else follows nothing of before', async () => {
  const { connect, live } = bridge()
  const { say } = await connect('ada')
  await say({ type: 'subscribe', topics: ['agent:ada1'] })
  await say({ type: 'auth', token: 'ada' })
  expect(live.counts.topics).toBe(1)
  await say({ type: 'auth', token: 'bob' })
  expect(live.counts.topics).toBe(0)
})

test('whom nothing tells apart follow nothing of each other, but the same token goes on', async () => {
  const clock = virtualClock()
  const agents = value({ key: 'agent:{agentId}', may: ({ agentId }, who) => agentId === who, get: () => 1 })
  const live = openLive([agents], { authenticate: (who) => ({ who }), clock })
  const connection = live.connect(new RecordedPipe())
  await connection.signIn('ada')
  await connection.subscribe(['agent:ada'])
  await connection.signIn('ada')
  expect(live.counts.topics).toBe(1)
  await connection.signIn('bob')
  expect(live.counts.topics).toBe(0)
  live.close()
})

test('a parameter that no key can have is no topic, and spoils none of the others', async () => {
  const { connect, errors } = bridge()
  const { pipe, say } = await connect('ada')
  pipe.take()
  const long = `agent:ada${'a'.repeat(512)}`
  await say({ type: 'subscribe', topics: [long, 'agent:ada\ud800', 'agent:ada1'] })
  expect(pipe.take().map(({ type, topic, code, topics }) => [topic ?? type, code ?? topics])).toEqual([
    [long, 'UNKNOWN_TOPIC'],
    ['agent:ada\ud800', 'UNKNOWN_TOPIC'],
    ['subscribed', ['agent:ada1']],
  ])
  expect(errors).toEqual([])
})

test('parameters that hold the separator come through', async () => {
  const { connect, clock } = bridge()
  const { pipe, say } = await connect('ada')
  await say({ type: 'subscribe', topics: ['agent:ada%3A1'] })
  await clock.advance(100)
  expect(pipe.take('values')).toMatchObject([{ topic: 'agent:ada%3A1', values: ['ada:1'] }])
})

test.each([
  ['{', 'MALFORMED_JSON'],
  ['5', 'UNKNOWN_MESSAGE'],
  ['{"type":"sell"}', 'UNKNOWN_MESSAGE'],
  ['{"type":"subscribe","topics":[]}', 'UNKNOWN_MESSAGE'],
  ['{"type":"subscribe","topics":["agent:ada",5]}', 'UNKNOWN_MESSAGE'],
  ['{"type":"subscribe","topics":["agent:ada"],"since":["x"]}', 'UNKNOWN_MESSAGE'],
  ['{"type":"subscribe","topics":["agent:ada"],"since":{"agent:ada":7}}', 'UNKNOWN_MESSAGE'],
])('bad input %s is answered with %s, and the connection goes on', async (text, code) => {
  const { connect } = bridge()
  const { pipe, connection, say } = await connect('ada')
  pipe.take()
  await connection.receive(text)
  await say({ type: 'ping' })
  expect(pipe.take().map(({ type, code: answered }) => answered ?? type)).toEqual([code, 'pong'])
})

test('limits: topics, messages, connections of one and of all', async () => {
  const { connect, clock } = bridge({
    mostTopics: 2,
    messagesPerHeartbeat: 4,
    mostConnectionsOfOne: 2,
    mostConnections: 3,
  })
  const { pipe, say } = await connect('ada')
  await say({ type: 'subscribe', topics: ['agent:ada1', 'agent:ada2'] })
  await say({ type: 'subscribe', topics: ['agent:ada3', 'agent:ada1'] })
  expect(pipe.take('error')).toMatchObject([{ code: 'TOO_MANY_TOPICS', topic: 'agent:ada3' }])
  const second = await connect('ada')
  const third = await connect('ada')
  expect([second.pipe.closed, third.pipe.closed?.code]).toEqual([undefined, 4429])
  await connect('bob')
  const fourth = await connect('carol')
  expect(fourth.pipe.closed?.code).toBe(4429)
  await say({ type: 'ping' })
  await say({ type: 'ping' })
  expect(pipe.closed?.code).toBe(4429)
  await clock.advance(0)
})

test('silence is noticed at the next heartbeat but one', async () => {
  const { clock, connect } = bridge()
  const [dead, living] = [await connect('ada'), await connect('bob')]
  await clock.advance(30_000)
  living.connection.alive()
  await clock.advance(30_000)
  expect([dead.pipe.terminated, living.pipe.terminated]).toEqual([true, false])
})

test('what is asked is answered in that order, and nothing after the end', async () => {
  const { connect } = bridge()
  const { pipe, say } = await connect('ada')
  pipe.take()
  const asked = [say({ type: 'subscribe', topics: ['agent:ada'] }), say({ type: 'ping' })]
  await Promise.all(asked)
  expect(pipe.take().map(({ type }) => type)).toEqual(['subscribed', 'pong'])
  const late = [say({ type: 'auth', token: 'down' }), say({ type: 'ping' })]
  await Promise.all(late)
  expect(pipe.take()).toMatchObject([{ type: 'error', code: 'UNAVAILABLE' }])
  expect(pipe.closed?.code).toBe(4401)
})

test('two channels that can be one topic are refused', () => {
  const may = () => true
  const [one, other] = [value({ key: 'a:{b}', may, get: () => 1 }), value({ key: 'a:x', may, get: () => 1 })]
  const opening = () => openLive([one, other], { authenticate: () => ({ who: 1 }) })
  expect(opening).toThrow("channels: 'a:x' and 'a:{b}' can be one topic")
})
