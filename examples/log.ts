import { type Archiver, log, type Log, open } from 'holdfast'

const logs = log({
  key: 'logs:{service}',
  about: 'What the services of the desk have to say. Followed by operators, kept in PostgreSQL.',
  history: '1h',
  maxLength: 10_000,
  counts: { every: '1h', keep: 24 },
})

const state = await open({ logs })
const api = { service: 'api' }

const tail = state.logs.tail(api, { level: 'warn' })
await tail.ready
state.logs.write(api, { module: 'http', level: 'info', message: 'listening' })
state.logs.write(api, { module: 'venue', level: 'warn', message: 'slow', fields: { ms: 1_250 } })
for await (const { module, message, fields } of tail) {
  console.log(module, message, fields['ms']) // venue slow 1250
  break
}

await state.logs.flush()
const counts = await state.logs.counts(api)
console.log(counts.map(({ module, level, count }) => `${module} ${level} ${count}`).toSorted()) // http info 1,venue warn 1
console.log((await state.logs.history(api, 100)).length) // 2

/** For a state that was opened with a truth. */
export function carry(opened: { readonly logs: Log<{ readonly service: string }> }): Archiver {
  return opened.logs.archive({ service: 'api' }, { keep: '30d', every: '5s' })
}

await state.close()
