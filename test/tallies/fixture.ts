import { cached } from 'holdfast'
import { z } from 'zod'

/** A keyspace whose loader the test commands: it fails for the asset `bad`. */
export const price = cached({
  key: 'price:{asset}',
  about: 'A price.',
  value: z.string(),
  ttl: '1m',
  l1: { max: 100 },
  load: ({ asset }) => {
    if (asset === 'bad') throw new Error('no such asset')
    return '1.00'
  },
})
