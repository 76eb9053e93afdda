import { open, strong } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { concurrently, measure } from '../measure.ts'
import type { Row } from '../row.ts'
import { gateOnly, type Session } from '../truth.ts'
import { declareQuotes, idsUpTo, quoteOf, quoteSchema } from './quotes.ts'

const KEYS = 1_000

/** The rows of strong reads. */
export const strongRows: readonly Row[] = [
  {
    row: 'strong.get',
    about: 'strong hits in Redis beside cached ones, 500 B, 100 calls at a time',
    needs: 'postgres',
    async run({ redisUrl, postgresUrl }) {
      const balance = strong({
        key: 'balance:{id}',
        about: 'The quotes once more, as strong values.',
        value: quoteSchema,
        load: ({ id }, _tx: Session) => quoteOf(id),
      })
      const { truth, close } = gateOnly(postgresUrl)
      const state = await open(
        { quote: declareQuotes(), balance },
        { store: redisStore({ url: redisUrl }), truth },
      )
      const ids = idsUpTo(KEYS)
      await state.quote.getMany(ids)
      // What a strong read loads is stored without anybody waiting for it.
      let before: number
      do {
        before = state.balance.counts().misses
        await Promise.all(ids.map((id) => state.balance.get(id)))
      } while (state.balance.counts().misses > before)
      const works = {
        strong: concurrently(100, (index) => state.balance.get(ids[index % KEYS] as { id: string })),
        l2: concurrently(100, (index) => state.quote.get(ids[index % KEYS] as { id: string })),
      }
      const figures = await measure(works)
      const misses = state.balance.counts().misses - before
      if (misses > 0) throw new Error(`${misses} reads were no hits`)
      return {
        comparisons: [
          {
            value: figures.strong.perSecond,
            unit: 'reads/s',
            against: 'l2.get',
            againstValue: figures.l2.perSecond,
            target: { atLeast: 0.9 },
            note: `${figures.strong.cpuMicros.toFixed(2)} µs against ${figures.l2.cpuMicros.toFixed(2)} µs of client CPU each`,
          },
        ],
        ours: works.strong,
        async close() {
          await state.close()
          await close()
        },
      }
    },
  },
]
