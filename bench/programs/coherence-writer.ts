/** The other process of `coherence`: writes when it is told to. */
import { open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { bareClient } from '../bare-client.ts'
import { declareQuotes, type Quote } from '../rows/quotes.ts'
import { answerOrders, sharedNowMs } from './start.ts'

/** What to write, and how: through a state, or by the bare client. */
export interface WriterOrder {
  readonly redisUrl: string
  readonly how: 'set' | 'bare'
  readonly value: Quote
}

/** When the write began. */
export interface WriterReport {
  readonly startedMs: number
}

const openBoth = async (url: string) => ({
  state: await open({ quote: declareQuotes() }, { store: redisStore({ url }) }),
  client: await bareClient(url),
})
let opened: ReturnType<typeof openBoth> | undefined

answerOrders(async ({ redisUrl, how, value }: WriterOrder): Promise<WriterReport> => {
  const { state, client } = await (opened ??= openBoth(redisUrl))
  const startedMs = sharedNowMs()
  if (how === 'set') await state.quote.set({ id: '0' }, value)
  else await client.set('bare:0', JSON.stringify(value))
  return { startedMs }
})
