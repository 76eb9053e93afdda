import { open, queue, schedule } from 'holdfast'
import { z } from 'zod'

export const notify = queue({
  key: 'notify',
  about: 'Messages to users: one job for each message.',
  job: z.object({ user: z.string(), text: z.string() }),
  result: z.object({ sent: z.boolean() }),
  attempts: 5,
  backoff: { first: '1s', most: '5m', jitter: 0.5 },
  softLimit: '20s',
  hardLimit: '30s',
  concurrency: 10,
})
export const snapshot = schedule({
  key: 'schedule:snapshot',
  about: 'The equity of every agent, each hour.',
  cron: '0 * * * *',
  timeZone: 'America/New_York',
  missed: 'once',
})

const state = await open({ notify, snapshot })

const worker = state.notify.process(async ({ user, text }, { signal, report }) => {
  await report(`sending to ${user}`)
  await send(user, text, signal)
  return { sent: true }
})
const id = await state.notify.add({ user: 'ada', text: 'sold' }, { id: 'trade 7', delay: '10ms' })
await state.notify.add({ user: 'ada', text: 'sold' }, { id: 'trade 7' })

while ((await state.notify.find(id))?.state !== 'done')
  await new Promise((resolve) => setTimeout(resolve, 10))
const { waiting, done } = await state.notify.counts()
console.log(`waiting ${waiting}, done ${done}`) // waiting 0, done 1

for (const { id: dead, reason } of await state.notify.dead()) {
  console.error(dead, reason)
  await state.notify.redrive(dead)
}

const [next] = state.snapshot.next(1, new Date('2026-03-08T06:30:00Z'))
console.log(next?.toISOString()) // 2026-03-08T07:00:00.000Z

const hourly = state.snapshot.enqueue(state.notify, (tick) => ({ user: 'all', text: tick.toISOString() }))
await hourly.stop()

console.log(await worker.drain('10s')) // true
await state.close()

/** The messenger of this example. */
async function send(_user: string, _text: string, _signal: AbortSignal): Promise<void> {
  return undefined
}
