import { setTimeout as wait } from 'node:timers/promises'
import { closeGate, gateStatus, openGate } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'
import { setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { useWorld } from './world.ts'

// The gate at work: two processes, a Redis that loses what it held, transactions that are in the way.

const world = useWorld()
const strongKeys = async (): Promise<string[]> =>
  (await world.cli('KEYS', `${world.namespace}:~s:*:account:*`)) as string[]

test('on a new database it opens by itself, as the first epoch, for everybody', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'l2' })
  for (const state of [a, b])
    expect(state.gate()).toMatchObject({ state: 'open', epoch: '1', isTrusted: true })
  const { rows } = await world.bank.pool.query(
    `SELECT nonce FROM holdfast_gate WHERE namespace = '${world.namespace}'`,
  )
  expect(await strongKeys()).toEqual([`${world.namespace}:~s:${rows[0]?.nonce}:account:${world.id.id}`])
})

test('closed by hand: reads go to PostgreSQL, writes need no Redis, and it stays so until it is opened', async () => {
  const [a, b] = [await world.node(), await world.node()]
  const { truth } = world.bank
  await world.put(a, 1)
  const closed = await closeGate(truth, 'maintenance', { namespace: world.namespace })
  expect(closed).toMatchObject({ state: 'closed', isHeld: true, reason: 'maintenance', epoch: '1' })
  // What each knows may be from before.
  for (const state of [a, b]) await eventually(() => state.gate()?.state === 'closed')
  await world.cli('FLUSHALL')
  process.kill(world.redis.pid, 'SIGSTOP')
  try {
    const startedMs = performance.now()
    await world.put(a, 2)
    expect(performance.now() - startedMs).toBeLessThan(250)
    expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '2' }, tier: 'source' })
  } finally {
    process.kill(world.redis.pid, 'SIGCONT')
  }
  expect(await strongKeys()).toEqual([])
  // Nobody opens what is held.
  await expect(
    eventually(() => a.gate()?.state !== 'closed', 1_000),
    'it stayed closed',
  ).rejects.toThrow()
  expect(await openGate(truth, { namespace: world.namespace })).toMatchObject({ state: 'open', epoch: '2' })
  await world.storeAnswers(b, '2')
  await world.put(b, 3)
  expect(await world.amount(a)).toBe('3')
  const { store, truth: asked = 0 } = b.gate()?.reads.closed ?? {}
  expect(store).toBe(0)
  expect(asked).toBeGreaterThan(0)
  expect(b.account.counts().ungated).toBeGreaterThan(0)
})

test('a job on more keys than can be fenced runs while it is closed', async () => {
  const a = await world.node()
  const { truth, keyspaces } = world.bank
  await closeGate(truth, 'bulk', { namespace: world.namespace })
  await a.write(async (tx, changes) => {
    await setAmount(tx, world.id.id, 7)
    for (let index = 0; index < 3_000; index++) changes.touch(keyspaces.account, { id: `bulk${index}` })
  })
  await openGate(truth, { namespace: world.namespace })
  expect(await world.amount(a)).toBe('7')
})

test('an old transaction keeps it from opening, and is named', { timeout: 40_000 }, async () => {
  const a = await world.node()
  const { truth, pool } = world.bank
  await world.put(a, 1)
  await closeGate(truth, 'drill', { namespace: world.namespace })
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_current_xact_id()')
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
    const opening = openGate(truth, { namespace: world.namespace, timeoutMs: 7_000 })
    await expect(opening).rejects.toThrow(
      new RegExp(`the gate is opening, and not open .* in the way: pid ${rows[0].pid} `),
    )
    expect((await gateStatus(truth, { namespace: world.namespace })).blockers).toContainEqual(
      expect.objectContaining({ pid: rows[0].pid, query: 'SELECT pg_backend_pid() AS pid' }),
    )
    expect(a.gate()?.blockers).toContainEqual(expect.objectContaining({ pid: rows[0].pid }))
    const said = world.signals.find(({ event }) => event === 'blocked')
    expect(said?.blockers?.join()).toContain(`pg_terminate_backend(${rows[0].pid})`)
    // Meanwhile writers fence, and nothing is read from Redis.
    await world.put(a, 2)
    expect(await a.account.read(world.id)).toMatchObject({ value: { amount: '2' }, tier: 'source' })
    expect(a.gate()).toMatchObject({ state: 'opening', isTrusted: false })
    const [row] = await world.sql(`SELECT nonce FROM holdfast_gate WHERE namespace = '${world.namespace}'`)
    const ofThisEpoch = (await strongKeys()).filter((key) => key.includes(String(row?.['nonce'])))
    expect(ofThisEpoch, 'a value that is stored now may miss a writer without a fence').toEqual([])
    await client.query('COMMIT')
  } finally {
    client.release()
  }
  await world.storeAnswers(a, '2')
})

test('a writer that read that the gate was closed is waited for, however late it commits', async () => {
  const [a, b] = [await world.node(), await world.node()]
  const { truth, bank } = { truth: world.bank.truth, bank: world.bank }
  await world.put(a, 1)
  await closeGate(truth, 'drill', { namespace: world.namespace })
  let isWaiting = false
  let go = (): void => undefined
  bank.interrupt.beforeCommit = () => {
    isWaiting = true
    return new Promise<void>((resolve) => (go = resolve))
  }
  const writing = world.put(a, 2)
  await eventually(() => isWaiting)
  delete bank.interrupt.beforeCommit
  const opening = openGate(truth, { namespace: world.namespace })
  await world.gateIs(b, 'opening')
  for (let read = 0; read < 5; read++)
    expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  go()
  await writing
  await opening
  await world.storeAnswers(b, '2')
})

test('a writer that read that the gate was opening has fenced, and is not waited for', async () => {
  const [a, b] = [await world.node(), await world.node()]
  const { truth, pool, interrupt } = world.bank
  await world.put(a, 1)
  await closeGate(truth, 'drill', { namespace: world.namespace })
  const older = await pool.connect()
  await older.query('BEGIN')
  await older.query('SELECT pg_current_xact_id()')
  const opening = openGate(truth, { namespace: world.namespace })
  await world.gateIs(b, 'opening')
  // Those who open have seen it, too, and know whom they wait for.
  await wait(1_000)
  let isWaiting = false
  let go = (): void => undefined
  interrupt.beforeCommit = () => {
    isWaiting = true
    return new Promise<void>((resolve) => (go = resolve))
  }
  const writing = world.put(a, 2)
  await eventually(() => isWaiting)
  delete interrupt.beforeCommit
  await older.query('COMMIT')
  older.release()
  await opening
  await eventually(() => b.gate()?.isTrusted === true)
  for (let read = 0; read < 3; read++)
    expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  go()
  await writing
  expect(await world.amount(b)).toBe('2')
  await world.storeAnswers(b, '2')
})

test.each(['repeatable read', 'serializable'] as const)(
  'a %s writer whose snapshot is from before the gate opened fences all the same',
  async (isolation) => {
    const [a, b] = [await world.node(), await world.node()]
    const { truth, keyspaces } = world.bank
    await world.put(a, 1)
    await closeGate(truth, 'drill', { namespace: world.namespace })
    let snapshotTaken = false
    let go = (): void => undefined
    const released = new Promise<void>((resolve) => (go = resolve))
    // Its snapshot says closed. It has no id yet, so nobody waits for it.
    const writing = a.write(
      async (tx, changes) => {
        await tx.execute('SELECT 1')
        snapshotTaken = true
        await released
        changes.put(keyspaces.account, world.id)
        await setAmount(tx, world.id.id, 2)
      },
      { isolation },
    )
    await eventually(() => snapshotTaken)
    await openGate(truth, { namespace: world.namespace })
    await world.storeAnswers(b, '1')
    const fencesBefore = b.account.counts().fenced
    world.bank.interrupt.beforeCommit = async () => {
      expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
    }
    go()
    await writing
    expect(b.account.counts().fenced).toBe(fencesBefore + 1)
    expect(await world.amount(b)).toBe('2')
  },
)

test('FLUSHALL: nobody trusts what is left, and another epoch begins', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  await world.cli('FLUSHALL')
  await eventually(() => world.signals.some(({ event }) => event === 'alarm'), 250)
  expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  expect(world.signals.find(({ event }) => event === 'alarm')?.reason).toMatch(/flushed/)
  await world.storeAnswers(b, '1')
  expect(b.gate()).toMatchObject({ epoch: '2', reason: expect.stringMatching(/flushed/) as string })
})

test('FLUSHALL between the fence and the COMMIT: rolled back', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  world.bank.interrupt.afterPutRead = async () => {
    await world.cli('FLUSHALL')
    await eventually(() => a.gate()?.isTrusted === false && b.gate()?.isTrusted === false, 250)
  }
  await expect(world.put(a, 2)).rejects.toThrow(/flushed before the commit/)
  delete world.bank.interrupt.afterPutRead
  expect(await world.amount(b)).toBe('1')
  await world.storeAnswers(b, '1')
})

test('FLUSHALL during the COMMIT: nobody fills what was fenced before that is over', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  world.bank.interrupt.beforeCommit = async () => {
    await world.cli('FLUSHALL')
    await eventually(async () => {
      const { value, tier } = await b.account.read(world.id)
      expect([value?.amount, tier]).toEqual(['1', 'source'])
      return b.gate()?.state === 'opening'
    })
    // A reader may have taken the lease before it was told. It does not fill.
    for (const key of await strongKeys()) expect(await world.cli('GET', key)).toMatch(/^L /)
  }
  await world.put(a, 2)
  delete world.bank.interrupt.beforeCommit
  expect(await world.amount(b)).toBe('2')
  await world.storeAnswers(b, '2')
})

test('data that is gone without a word is missed at the next look', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  // No push tells of this.
  await world.cli('SWAPDB', '0', '7')
  await eventually(() => [a, b].every((state) => state.gate()?.isTrusted === false), 1_000)
  await world.storeAnswers(b, '1')
  expect(a.gate()?.reason).toMatch(/lost data/)
})

test('a fence that is gone with all else, when it is to be taken down, is an alarm', async () => {
  const a = await world.node()
  await world.put(a, 1)
  world.bank.interrupt.beforeCommit = async () => {
    const keys = (await world.cli('KEYS', `${world.namespace}:~s:*`)) as string[]
    await world.cli('DEL', ...keys)
  }
  await world.put(a, 2)
  delete world.bank.interrupt.beforeCommit
  expect(a.gate()?.isTrusted).toBe(false)
  await world.storeAnswers(a, '2')
  expect(a.gate()).toMatchObject({ epoch: '2', reason: expect.stringMatching(/lost/) as string })
})

test('a fence that a reader has taken down is none', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  world.bank.interrupt.afterCommit = () => world.storeAnswers(b, '2')
  await world.put(a, 2)
  expect(b.account.counts().healed).toBe(1)
  expect(a.gate()).toMatchObject({ epoch: '1', isTrusted: true })
  expect(world.signals.filter(({ event }) => event === 'alarm')).toEqual([])
})

test('data that was that of another server for a while is not trusted', async () => {
  const a = await world.node()
  await world.put(a, 1)
  // There and back: what is in between two looks is not seen, but for the history of the data.
  await world.cli('REPLICAOF', '127.0.0.1', '1')
  await world.cli('REPLICAOF', 'NO', 'ONE')
  await eventually(() => a.gate()?.epoch === '2', 10_000)
  expect(a.gate()?.reason).toMatch(/replica|replaced/)
  await world.storeAnswers(a, '1')
})

test('Redis down: writes fail for a while, then go on without it; it opens again when Redis is back', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  process.kill(world.redis.pid, 'SIGSTOP')
  try {
    const startedMs = performance.now()
    await expect(world.put(a, 2)).rejects.toMatchObject({ code: 'HF_STORE_UNAVAILABLE' })
    await eventually(
      () =>
        world.put(a, 3).then(
          () => true,
          () => false,
        ),
      8_000,
    )
    expect(performance.now() - startedMs).toBeLessThan(6_000)
    // A write that went on without Redis read that from the row; what this process saw last may be older.
    await eventually(() => a.gate()?.state === 'closed')
    expect(await b.account.read(world.id)).toMatchObject({ value: { amount: '3' }, tier: 'source' })
  } finally {
    process.kill(world.redis.pid, 'SIGCONT')
  }
  await world.storeAnswers(b, '3')
  await world.put(b, 4)
  expect(await world.amount(a)).toBe('4')
})

test('a user that may not flush is enough', async () => {
  await world.cli('ACL', 'SETUSER', 'app', 'on', '>app', '~*', '&*', '+@all', '-@dangerous', '+info')
  const url = new URL(world.redis.url)
  url.username = 'app'
  url.password = 'app'
  const state = await world.bank.node(redisStore({ url: url.href, namespace: world.namespace }))
  onTestFinished(() => state.close())
  await world.put(state, 1)
  expect(await state.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'l2' })
})

test('a fence of a transaction that PostgreSQL has not reached: it was restored, and the gate closes', async () => {
  const a = await world.node()
  await world.put(a, 1)
  const [key = ''] = await strongKeys()
  await world.cli('SET', key, 'F 0 99999999:x')
  expect(await a.account.read(world.id)).toMatchObject({ value: { amount: '1' }, tier: 'source' })
  await eventually(() => a.gate()?.epoch === '2', 10_000)
  expect(a.gate()?.reason).toMatch(/restored/)
  await world.storeAnswers(a, '1')
})

test('a row of an earlier epoch: PostgreSQL went back, and the gate closes', async () => {
  const a = await world.node()
  const copy = async (): Promise<Record<string, unknown>> =>
    (await world.sql(`SELECT * FROM holdfast_gate WHERE namespace = '${world.namespace}'`))[0] ?? {}
  await world.put(a, 1)
  const old = await copy()
  await closeGate(world.bank.truth, 'drill', { namespace: world.namespace })
  await openGate(world.bank.truth, { namespace: world.namespace })
  await world.storeAnswers(a, '1')
  // As if Redis had gone back with it.
  const nonce = String(old['nonce'])
  await world.cli('SET', `${world.namespace}:~s:${nonce}:~mark`, nonce)
  await world.sql(
    `UPDATE holdfast_gate SET epoch = ${String(old['epoch'])}, nonce = '${String(old['nonce'])}'
     WHERE namespace = '${world.namespace}'`,
  )
  // Closed for it, and another one begun, whose nonce nobody had.
  await eventually(() => /went back/.test(a.gate()?.reason ?? '') && a.gate()?.isTrusted === true, 10_000)
  expect((await copy())['nonce']).not.toBe(old['nonce'])
})

test('a row that is lost is made again, and trusted only when no lease can be left', async () => {
  const [a, b] = [await world.node(), await world.node()]
  await world.put(a, 1)
  await world.sql(`DELETE FROM holdfast_gate WHERE namespace = '${world.namespace}'`)
  await expect(world.put(a, 2)).rejects.toThrow(/holdfast_gate has no row/)
  await world.gateIs(b, 'closing')
  await world.storeAnswers(b, '1')
  await world.put(a, 3)
  expect(await world.amount(b)).toBe('3')
})
