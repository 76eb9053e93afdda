import {
  cached,
  open,
  type State,
  StoreRefusedError,
  StoreTimeoutError,
  StoreUnavailableError,
  systemClock,
} from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { createClient } from '@redis/client'
import { afterEach, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../servers/eventually.ts'
import { startSentinel, type TestSentinel } from '../servers/sentinel.ts'

// The primary fails, hangs, is replaced, comes back as a replica. Nothing hangs, nothing is read from a replica, and
// all goes on without an operator.

const COMMAND_TIMEOUT_MS = 500

const price = cached({
  key: 'price:{asset}',
  about: 'Last price.',
  value: z.string(),
  ttl: '10m',
  l1: { max: 1_000 },
  load: ({ asset }) => `loaded ${asset}`,
})
const sol = { asset: 'SOL' }

let group: TestSentinel
const states: State<{ price: typeof price }>[] = []
const node = async (): Promise<(typeof states)[number]> => {
  const store = redisStore({ sentinel: group.options, commandTimeout: `${COMMAND_TIMEOUT_MS}ms` })
  const state = await open({ price }, { store })
  states.push(state)
  return state
}
const held = async (state: (typeof states)[number], value: string): Promise<void> =>
  eventually(async () => (await state.price.get(sol)) === value && state.price.peek(sol) === value, 10_000)
const succeeds = (call: () => Promise<unknown>): Promise<void> =>
  eventually(
    () =>
      call().then(
        () => true,
        () => false,
      ),
    15_000,
  )
/** A client of one server, whatever its role. */
async function cliTo(port: number) {
  const socket = { host: '127.0.0.1', port }
  const cli = await createClient({ socket, password: group.options.password })
    .on('error', () => undefined)
    .connect()
  return cli
}
/** The servers as they are now. */
async function roles() {
  const port = await group.primaryPort()
  const isPrimary = (server: { port: number }): boolean => server.port === port
  const primary = group.running().find(isPrimary)
  const replica = group.running().find((server) => !isPrimary(server))
  if (!primary || !replica) throw new Error('no primary with a replica')
  return { primary, replica }
}
async function use(sentinels?: number): Promise<void> {
  group = await startSentinel(sentinels)
}

afterEach(async () => {
  await Promise.all(states.splice(0).map((state) => state.close()))
  await group.stop()
})

test('a primary that is killed: reads go on, and all is back with the promoted one', async () => {
  await use(3)
  const [a, b] = [await node(), await node()]
  const { primary, replica } = await roles()
  await a.price.set(sol, 'old')
  await held(b, 'old')
  process.kill(primary.pid, 'SIGKILL')
  await eventually(() => b.price.peek(sol) === undefined)
  const outage: unknown[] = []
  await eventually(async () => {
    const startedMs = performance.now()
    // The last value that was known, the loader's, or that of a write of unknown outcome: never an error.
    expect(['old', 'loaded SOL', 'new']).toContain(await b.price.get(sol))
    const write: unknown = await a.price.set(sol, 'new').then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(performance.now() - startedMs).toBeLessThan(3 * COMMAND_TIMEOUT_MS)
    if (write !== undefined) outage.push(write)
    return write === undefined
  }, 15_000)
  expect(await group.primaryPort()).toBe(replica.port)
  expect(outage.length).toBeGreaterThan(0)
  for (const error of outage)
    expect([StoreUnavailableError, StoreTimeoutError]).toContain((error as Error).constructor)
  await held(b, 'new')
  await a.price.set(sol, 'newer')
  await eventually(() => b.price.peek(sol) !== 'new')
  expect(await b.price.get(sol)).toBe('newer')

  // It comes back, empty, and takes itself for the primary for some seconds.
  await group.restart(primary)
  await a.price.set(sol, 'newest')
  await eventually(() => b.price.peek(sol) !== 'newer')
  expect(await b.price.get(sol)).toBe('newest')
  // A Sentinel that knows of no failover, as one that was cut off, is not believed although it answers first.
  const behind = inject('sentinel')
  const nodes = [...behind.nodes, ...group.options.nodes]
  const misled = await open({ price }, { store: redisStore({ sentinel: { ...group.options, nodes } }) })
  expect(await misled.price.get(sol)).toBe('newest')
  await misled.close()
  const cli = await cliTo(primary.port)
  expect(await cli.sendCommand<string>(['CLIENT', 'LIST', 'TYPE', 'NORMAL'])).not.toContain('name=holdfast')
  cli.destroy()
})

test('a primary that hangs: its connection stays, and is left all the same', async () => {
  await use(1)
  const [a, b] = [await node(), await node()]
  const { primary } = await roles()
  await a.price.set(sol, 'old')
  await held(b, 'old')
  process.kill(primary.pid, 'SIGSTOP')
  try {
    await succeeds(() => a.price.set(sol, 'new'))
    await eventually(() => b.price.peek(sol) !== 'old', 2_000)
    await held(b, 'new')
  } finally {
    process.kill(primary.pid, 'SIGCONT')
  }
  await held(b, 'new')
  expect(await a.price.get(sol)).toBe('new')
})

test('another run of the store is told from the one before; in between there is none', async () => {
  await use(1)
  const listener = { changed() {}, ticketChanged() {}, lost() {}, resumed() {} }
  const store = redisStore({ sentinel: group.options })({
    clock: systemClock,
    trackedPrefixes: ['x'],
    listener,
  })
  await store.connect()
  const before = store.fences.server().run
  const { primary } = await roles()
  process.kill(primary.pid, 'SIGKILL')
  await eventually(() => {
    try {
      return store.fences.server().run !== before
    } catch (error) {
      expect(error).toBeInstanceOf(StoreUnavailableError)
      return false
    }
  }, 15_000)
  await store.close()
})

test('a primary that was made a replica by hand is not read', async () => {
  await use(1)
  const { price } = await node()
  await price.set(sol, 'old')
  const { primary, replica } = await roles()
  const cli = await cliTo(primary.port)
  await cli.sendCommand(['REPLICAOF', '127.0.0.1', String(replica.port)])
  try {
    await expect(price.set(sol, 'x')).rejects.toThrow(StoreRefusedError)
    await eventually(() => price.peek(sol) === undefined)
    await eventually(async () => {
      const { message } = await price.set(sol, 'x').then(
        () => new Error('set'),
        (error: Error) => error,
      )
      return /no connection to the primary of 'ours': .* is a replica now/.test(message)
    })
  } finally {
    await cli.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    cli.destroy()
  }
  await succeeds(() => price.set(sol, 'back'))
})

test('what cannot be reached is an error at open that says why, and names the setting', async () => {
  await use(1)
  const opening = (sentinel: object): Promise<unknown> =>
    open(
      { price },
      { store: redisStore({ sentinel: { ...group.options, ...sentinel }, connectTimeout: '400ms' }) },
    )
  await expect(opening({ nodes: [{ host: '127.0.0.1', port: 1 }] })).rejects.toThrow(
    /cannot use the primary of 'ours' of the Sentinels at 127\.0\.0\.1:1 within 400 ms: .*ECONNREFUSED.*redisStore\.sentinel/,
  )
  await expect(opening({ name: 'other' })).rejects.toThrow(/No such master with that name/)
  await expect(opening({ sentinelPassword: 'wrong' })).rejects.toThrow(
    /no Sentinel names a primary: .*WRONGPASS/,
  )
  await expect(opening({ password: 'wrong' })).rejects.toThrow(/is not connected: WRONGPASS/)
})
