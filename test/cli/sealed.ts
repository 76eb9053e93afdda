import { cached, strong } from 'holdfast'
import { z } from 'zod'

// Declarations of an application that encrypts.
export const payout = cached({
  key: 'payout:{userId}',
  about: 'Where the money of a user goes to.',
  value: z.object({ iban: z.string() }),
  ttl: '1h',
  encrypted: true,
})
export const wallet = strong({
  key: 'wallet:{userId}',
  about: 'The key of a wallet.',
  value: z.string(),
  load: () => 'a secret key',
  encrypted: true,
})
