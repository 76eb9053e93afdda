/**
 * What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Checked by `npm run check`;
 * nothing here runs.
 */
import { open, type PathOf, record, type Records, type Truth, type ValueAt } from 'holdfast'
import type { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

interface Settings {
  theme: 'dark' | 'light'
  alerts: { email: boolean; above?: bigint | undefined }
  pinned: string[]
  since: Date
  stopLoss: { percent: number } | null
}
declare const value: z.ZodType<Settings>
declare const defaults: Settings
const settings = record({ key: 'settings:{userId}', about: 'x', value, defaults, ttl: 'forever' })

same<
  PathOf<Settings>,
  'theme' | 'alerts' | 'alerts.email' | 'alerts.above' | 'pinned' | 'since' | 'stopLoss' | 'stopLoss.percent'
>(true)
same<ValueAt<Settings, 'alerts.above'>, bigint | undefined>(true)

export async function records(): Promise<void> {
  const state = await open({ settings })
  same<typeof state.settings, Records<{ readonly userId: string }, Settings>>(true)
  const user = { userId: 'u1' }
  await state.settings.update(user, { theme: 'dark', 'alerts.email': true, pinned: undefined })
  await state.settings.update(user, ({ alerts }) => ({ 'alerts.email': !alerts.email }))
  // @ts-expect-error -- no such field
  await state.settings.update(user, { thene: 'dark' })
  // @ts-expect-error -- no such field in there
  await state.settings.update(user, { 'alerts.sms': true })
  // @ts-expect-error -- of another type
  await state.settings.update(user, { 'alerts.email': 'yes' })
  // @ts-expect-error -- a list changes as a whole
  await state.settings.update(user, { 'pinned.0': 'SOL' })
  // @ts-expect-error -- not all fields
  await state.settings.replace(user, { theme: 'dark' })
  // @ts-expect-error -- values are read-only
  ;(await state.settings.get(user)).theme = 'dark'
}

const rows = record({ key: 'rows:{userId}', about: 'x', value, defaults, on: 'truth' })
declare const truth: Truth<{ readonly query: () => void }>

export async function onTruth(): Promise<void> {
  const state = await open({ rows }, { truth })
  same<typeof state.rows, Records<{ readonly userId: string }, Settings>>(true)
  // @ts-expect-error -- rows are in the truth
  await open({ rows })
}

// @ts-expect-error -- in the store alone, how long it is kept must be said
record({ key: 'a:{id}', about: 'x', value, defaults })
// @ts-expect-error -- a copy in the store has an end
record({ key: 'a:{id}', about: 'x', value, defaults, on: 'truth', ttl: 'forever' })
// @ts-expect-error -- what a field is that was never set must be said
record({ key: 'a:{id}', about: 'x', value, ttl: '1d' })
// @ts-expect-error -- defaults are a record
record({ key: 'a:{id}', about: 'x', value, defaults: { theme: 'dark' }, ttl: '1d' })
