import { memoryStore, open, topic } from 'holdfast'
import { z } from 'zod'

const trades = topic({
  key: 'trades:{agentId}',
  about: 'Every trade of an agent, for its screen and for the audit.',
  value: z.object({ id: z.string(), side: z.enum(['buy', 'sell']), amount: z.string() }),
  history: '1d',
  maxLength: 10_000,
})

const state = await open({ trades }, { store: memoryStore() })
const agent = { agentId: '7' }

const subscription = state.trades.subscribe(agent)
await subscription.ready

const first = await state.trades.publish(agent, { id: 't1', side: 'buy', amount: '1.5' })
console.log(first.seq) // 1
await state.trades.publish(agent, { id: 't2', side: 'sell', amount: '0.5' })

let position = ''
for await (const event of subscription) {
  console.log(event.seq, event.value.id) // 1 t1
  position = event.position
  break
}

for await (const event of state.trades.subscribe(agent, {
  since: position,
  onGap: ({ reason, missed }) => console.log('read the source again', reason, missed),
})) {
  console.log(event.seq, event.value.id) // 2 t2
  break
}

const audited: string[] = []
const consumer = state.trades.consume(agent, 'audit', ({ value }) => audited.push(value.id), {
  attempts: 5,
  claimAfter: '30s',
})
while (audited.length < 2) await new Promise((resolve) => setImmediate(resolve))
await consumer.stop()
console.log(audited.join(' ')) // t1 t2

await state.close()
