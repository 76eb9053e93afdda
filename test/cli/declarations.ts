import { cached, limiter, lock, strong } from 'holdfast'
import { z } from 'zod'

// Stands for the module in which an application declares its state.
export const price = cached({
  key: 'price:{chain}:{asset}',
  about: 'Last traded price.',
  value: z.object({ price: z.string() }),
  ttl: '1m',
  staleIfError: '10m',
  load: ({ asset }, { prices }: { prices: ReadonlyMap<string, string> }, context) => {
    context.tag('feed')
    const known = prices.get(asset)
    return known === undefined ? undefined : { price: known }
  },
})
export const agent = cached({
  key: 'agent:{agentId}',
  about: 'An agent as its owner set it up.',
  value: z.object({ name: z.string() }),
  ttl: '5m',
})
export const position = strong({
  key: 'position:{positionId}',
  about: 'An open position.',
  value: z.string(),
  load: () => null,
})
export const exitLock = lock({ key: 'lock:exit:{positionId}', about: 'One exit at a time.', lease: '10s' })
export const tradeRate = limiter({
  key: 'rate:trades:{userId}',
  about: 'Trades of a user.',
  rate: '10/60s',
  onStoreDown: 'deny',
})

/** No declaration: the command takes it for none. */
export const MOST_TRADES = 10
