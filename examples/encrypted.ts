import { cached, open } from 'holdfast'
import { z } from 'zod'

const payout = cached({
  key: 'payout:{userId}',
  about: 'Where the money of a user goes to.',
  value: z.object({ iban: z.string(), scan: z.instanceof(Uint8Array) }),
  ttl: '1h',
  encrypted: true,
})

// From a secret store. Thirty-two bytes, as base64: openssl rand -base64 32
const keys = {
  current: '2026-02',
  all: { '2026-01': 'a'.repeat(43), '2026-02': 'b'.repeat(43) },
}

const state = await open({ payout }, { keys })
await state.payout.set({ userId: 'ann' }, { iban: 'DE02…', scan: new Uint8Array([1, 2]) })
console.log((await state.payout.get({ userId: 'ann' }))?.iban) // DE02…
await state.close()
