/** Another process that holds a lock, and writes under it later, however long that took: it looks at no signal. */
import { setTimeout as wait } from 'node:timers/promises'
import { fencing, HoldfastError, lock, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'

const { redis, databaseUrl, id } = JSON.parse(process.argv[2] ?? '') as {
  readonly redis: { readonly url: string; readonly namespace: string }
  readonly databaseUrl: string
  readonly id: string
}
const say = (line: unknown): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const sale = lock({ key: 'lock:sale:{id}', about: 'One sale at a time.', lease: '300ms' })
const pool = new pg.Pool({ connectionString: databaseUrl })
const state = await open({ sale }, { store: redisStore(redis) })
const end = await state.sale
  .run({ id }, async (lease) => {
    say({ token: String(lease.token) })
    await wait(200)
    const fence = fencing(lease)
    const { rowCount } = await pool.query(
      `UPDATE position SET amount = 1, ${fence.set} WHERE id = $1 AND ${fence.where}`,
      [id],
    )
    fence.confirm(rowCount)
  })
  .then(
    () => 'written',
    (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
  )
say({ end })
await pool.end()
await state.close()
