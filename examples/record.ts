import { open, record } from 'holdfast'
import { z } from 'zod'

const settings = record({
  key: 'settings:{userId}',
  about: 'How a user trades and wants to be told. Read by every order and every screen.',
  value: z.object({
    theme: z.enum(['dark', 'light']),
    slippage: z.object({ buyPercent: z.string(), sellPercent: z.string() }),
    alerts: z.object({ email: z.boolean(), telegram: z.boolean() }),
  }),
  defaults: {
    theme: 'dark',
    slippage: { buyPercent: '0.5', sellPercent: '1' },
    alerts: { email: true, telegram: false },
  },
  ttl: 'forever',
})

const state = await open({ settings })
const user = { userId: 'u1' }

await state.settings.update(user, { 'alerts.telegram': true, theme: 'light' })
const { alerts, slippage } = await state.settings.get(user)
console.log(alerts.email, alerts.telegram, slippage.sellPercent) // true true 1

await state.settings.update(user, ({ alerts: now }) => ({ 'alerts.email': !now.email }))

const shown = await state.settings.read(user)
await state.settings.update(user, { theme: 'dark' })
const late = state.settings.update(user, { 'slippage.buyPercent': '2' }, { ifVersion: shown.version })
console.log(await late.catch((error: { code: string }) => error.code)) // HF_VERSION_CONFLICT

await state.settings.update(user, { alerts: undefined })
console.log((await state.settings.get(user)).alerts.telegram) // false
await state.settings.reset(user)
await state.close()
