import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lock, open } from 'holdfast'
import { findRedis, startRedis } from 'holdfast/embedded'
import { redisStore } from 'holdfast/redis'
import { expect, onTestFinished, test } from 'vitest'

const sale = lock({ key: 'lock:sale:{id}', about: 'One sale at a time.', lease: '5s' })

test('the fencing token grows over a restart of Redis that lost everything', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-token-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const binary = await findRedis()
  const tokens: bigint[] = []
  for (let run = 0; run < 3; run++) {
    const redis = await startRedis({ binary, dir, afterKill: 'stop' })
    try {
      const state = await open({ sale }, { store: redisStore({ url: redis.url }) })
      for (let grant = 0; grant < 3; grant++)
        await state.sale.run({ id: '1' }, async ({ token }) => void tokens.push(token))
      await state.close()
    } finally {
      process.kill(redis.pid, 'SIGKILL')
      await redis.stop()
    }
  }
  expect(tokens).toHaveLength(9)
  expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => (a < b ? -1 : 1)))
})
