import { cached, open } from 'holdfast'
import { redisStore } from 'holdfast/redis'
import { median, timeMs } from '../measure.ts'
import { roundTripsOf } from '../round-trips.ts'
import type { Row } from '../row.ts'
import { idsUpTo, quoteOf, quoteSchema } from './quotes.ts'

const KEYS = 10_000
const TAG = 'chain:solana'

/** The rows of tags. */
export const tagRows: readonly Row[] = [
  {
    row: 'tag.10k',
    about: 'a tag of 10,000 keys is invalidated; and what it costs to read tagged values from memory',
    async run({ redisUrl, isQuick }) {
      const quote = cached({
        key: 'quote:{id}',
        about: 'Tagged quotes.',
        value: quoteSchema,
        ttl: '1h',
        l1: { max: KEYS },
        tags: () => [TAG],
        loadMany: async (ids: readonly { readonly id: string }[]) => ids.map(({ id }) => quoteOf(id)),
      })
      const state = await open({ quote }, { store: redisStore({ url: redisUrl }) })
      const ids = idsUpTo(KEYS)
      const fill = async (): Promise<void> => {
        for (let pass = 0; pass < 2; pass++)
          for (let start = 0; start < KEYS; start += 1_000)
            await state.quote.getMany(ids.slice(start, start + 1_000))
      }
      await fill()
      const { l1Hits } = state.quote.counts()
      const ofHits = await roundTripsOf(redisUrl, async () => {
        for (const id of ids) await state.quote.get(id)
      })
      const hits = state.quote.counts().l1Hits - l1Hits
      if (hits !== KEYS) throw new Error(`${KEYS - hits} of ${KEYS} reads were not answered by memory`)
      const ofInvalidation = await roundTripsOf(redisUrl, () => state.invalidateTags([TAG]))
      const { loads } = state.quote.counts()
      await state.quote.getMany(ids)
      const loaded = state.quote.counts().loads - loads
      if (loaded !== KEYS) throw new Error(`${KEYS - loaded} of ${KEYS} values outlived their tag`)
      const tookMs: number[] = []
      for (let round = 0; round < (isQuick ? 20 : 200); round++)
        tookMs.push(await timeMs(() => state.invalidateTags([TAG])))
      return {
        comparisons: [
          {
            part: 'invalidation',
            value: ofInvalidation.length,
            unit: 'round trips',
            against: 'one',
            target: { atMost: 1 },
            note: ofInvalidation.join(' '),
          },
          {
            part: '10,000 hits in memory',
            value: ofHits.length,
            unit: 'commands',
            against: 'none',
            target: { atMost: 0 },
          },
          { part: 'invalidation', value: median(tookMs), unit: 'ms', against: 'by itself' },
        ],
        close: () => state.close(),
      }
    },
  },
]
