import { closeGate, openGate } from 'holdfast'
import { expect, onTestFinished, test } from 'vitest'
import { setAmount } from '../kinds/strong/bank.ts'
import { useProgram } from '../processes/program.ts'
import { eventually } from '../servers/eventually.ts'
import type { StoppedOrder } from './stopped-reader.ts'
import { useWorld } from './world.ts'

// Processes that stop or die while the gate moves: others go on where they left it, and nobody reads what is old.

const world = useWorld()
const startReader = useProgram(new URL('./stopped-reader.ts', import.meta.url))

test('a process that was stopped for longer than its lease asks PostgreSQL when it wakes', async () => {
  const a = await world.node()
  await world.put(a, 1)
  const order: StoppedOrder = {
    databaseUrl: world.database.url,
    redis: { url: world.redis.url, namespace: world.namespace },
    id: world.id.id,
  }
  const reader = startReader(order)
  expect(await reader.next()).toBe('ready')
  process.kill(reader.pid, 'SIGUSR2')
  expect(await reader.next()).toEqual({ amount: '1', tier: 'l2' })
  process.kill(reader.pid, 'SIGSTOP')
  await closeGate(world.bank.truth, 'drill', { namespace: world.namespace })
  await world.put(a, 2)
  // What it knew is still there, under the old nonce.
  const keys = (await world.cli('KEYS', `${world.namespace}:~s:*:account:*`)) as string[]
  expect(await world.cli('GET', keys[0] ?? '')).toContain('"amount":"1"')
  process.kill(reader.pid, 'SIGUSR2')
  process.kill(reader.pid, 'SIGCONT')
  expect(await reader.next()).toEqual({ amount: '2', tier: 'source' })
  await reader.kill()
})

/** What a process leaves behind that dies at this point, as SQL, and whether the fence of a writer may be missing. */
const LEFT_BEHIND = {
  'after it began to close': `state = 'closing'`,
  'after it had closed': `state = 'closed'`,
  'after it began to open': `state = 'opening'`,
  'after it began to open, in a Redis that is gone': `state = 'opening', run = 'gone', nonce = 'gone', epoch_at = clock_timestamp() - interval '6 s'`,
  'after it began to open, and its mark was lost': `state = 'opening', nonce = 'unmarked'`,
  'after it had opened, and then Redis was replaced': `run = 'gone', epoch_at = clock_timestamp() - interval '6 s'`,
}

test.each(Object.entries(LEFT_BEHIND))(
  'a process that dies %s: the next one goes on',
  async (_name, left) => {
    const first = await world.node()
    await world.put(first, 1)
    await first.close()
    await world.sql(`UPDATE holdfast_gate SET ${left}, changed_at = clock_timestamp()
    WHERE namespace = '${world.namespace}'`)
    const next = await world.node()
    await world.put(next, 2)
    await world.storeAnswers(next, '2')
    expect(await world.amount(next)).toBe('2')
  },
)

test('all processes of an application open at once, and again after a restart of Redis', async () => {
  const states = await Promise.all(Array.from({ length: 4 }, () => world.node()))
  const epochs = (): Set<string> => new Set(states.map((state) => state.gate()?.epoch ?? ''))
  expect([...epochs()]).toEqual(['1'])
  await world.put(states[0] as (typeof states)[0], 1)
  await world.cli('FLUSHALL')
  await eventually(
    () => states.every((state) => state.gate()?.isTrusted === true && state.gate()?.epoch === '2'),
    10_000,
  )
  for (const state of states) await world.storeAnswers(state, '1')
})

test('a prepared transaction is in the way, and is named', { timeout: 30_000 }, async () => {
  const a = await world.node()
  const { truth, pool } = world.bank
  await closeGate(truth, 'drill', { namespace: world.namespace })
  const client = await pool.connect()
  await client.query('BEGIN')
  await client.query('SELECT pg_current_xact_id()')
  await client.query(`PREPARE TRANSACTION 'left over'`)
  client.release()
  const rollBack = (): Promise<unknown> => pool.query(`ROLLBACK PREPARED 'left over'`).catch(() => undefined)
  onTestFinished(() => void rollBack())
  await expect(openGate(truth, { namespace: world.namespace, timeoutMs: 500 })).rejects.toThrow(
    /prepared transaction 'left over' of .*ROLLBACK PREPARED 'left over'/,
  )
  await rollBack()
  await openGate(truth, { namespace: world.namespace })
  await a.write(async (tx) => void (await setAmount(tx, world.id.id, 1)))
})
