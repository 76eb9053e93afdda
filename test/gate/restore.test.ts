import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startPostgres, type EmbeddedPostgres } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { afterAll, expect, test } from 'vitest'
import { openBank, setAmount } from '../kinds/strong/bank.ts'
import { eventually } from '../servers/eventually.ts'
import { freshRedis } from '../servers/redis.ts'

// PostgreSQL is set back to a copy of its files. Redis still holds, under a nonce that the old row names, values of a
// history that never was.

let folder: string
let server: EmbeddedPostgres | undefined
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('what PostgreSQL forgot is not read from Redis', { timeout: 60_000 }, async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-restore-'))
  const start = async (port?: number): Promise<EmbeddedPostgres> =>
    startPostgres({
      dataDir: join(folder, 'files'),
      afterKill: 'stop',
      ...(port === undefined ? {} : { port }),
    })
  server = await start()
  // Where the files really are. They belong to the server's own account, and so must their copy.
  const { port, url, dataDir: files } = server
  const copy = `${files}.copy`
  const copyFiles = (from: string, to: string): Promise<unknown> =>
    promisify(execFile)('cp', ['-a', from, to])
  let bank = await openBank(url)
  const redis = freshRedis()
  const id = { id: 'x' }
  let state = await bank.node(redisStore(redis))
  const put = (amount: number): Promise<void> =>
    state.write(async (tx, changes) => {
      changes.put(bank.keyspaces.account, id)
      await setAmount(tx, id.id, amount)
    })
  await put(1)
  const close = async (): Promise<void> => {
    await state.close()
    await bank.close()
    await server?.stop()
  }
  await close()
  await copyFiles(files, copy)
  server = await start(port)
  bank = await openBank(url)
  state = await bank.node(redisStore(redis))
  await put(2)
  expect(await state.account.read(id)).toMatchObject({ value: { amount: '2' }, tier: 'l2' })
  const later = state.gate()?.epoch
  await close()
  await rm(files, { recursive: true })
  await copyFiles(copy, files)
  server = await start(port)
  bank = await openBank(url)
  state = await bank.node(redisStore(redis))
  expect(state.gate()).toMatchObject({ epoch: later, reason: expect.stringMatching(/restored/) as string })
  await eventually(async () => {
    const { value, tier } = await state.account.read(id)
    expect(value?.amount).toBe('1')
    return tier === 'l2'
  })
  await state.close()
  await bank.close()
  await rm(copy, { recursive: true })
})
