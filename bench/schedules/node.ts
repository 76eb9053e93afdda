/** A process of the drill. It fires ticks and does jobs until it is killed, or its parent has gone. */
import { open } from 'holdfast'
import { pgTruth } from 'holdfast/postgres'
import { redisStore } from 'holdfast/redis'
import pg from 'pg'
import { endWithParent } from '../processes.ts'
import { all, jobs, type NodeOrder, once, skip } from './beats.ts'

endWithParent()
const { databaseUrl, redis } = JSON.parse(process.argv[2] ?? '') as NodeOrder
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 })
pool.on('error', () => undefined)
const state = await open({ skip, once, all, jobs }, { store: redisStore(redis), truth: pgTruth(pool) })

const note = (session: Pick<pg.Pool, 'query'>, beat: string, tick: number): Promise<unknown> =>
  session.query('INSERT INTO fired VALUES ($1, $2, $3)', [beat, tick, process.pid])

state.skip.start((tick) => note(pool, 'skip', tick.getTime()))
state.once.start((tick) => note(pool, 'once', tick.getTime()))
state.all.enqueue(state.jobs, (tick) => ({ tick: tick.getTime() }))
state.jobs.process(async ({ tick }, { id }) => {
  await state.write((tx) => state.jobs.once(tx, id, () => note(tx, 'all', tick)))
  return null
})
process.stdout.write('"ready"\n')
