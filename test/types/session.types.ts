/**
 * What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Checked by `npm run check`;
 * nothing here runs.
 */
import { type Denylist, denylist, open, session, type Sessions, type Truth } from 'holdfast'
import { sessionStore } from 'holdfast/fastify'
import { z } from 'zod'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_proof: Equal<A, B>): void {
  // The type of the parameter is the test.
}

const login = session({
  key: 'session:{tenant}:{userId}',
  about: 'Who is signed in.',
  value: z.object({ role: z.string() }),
  idle: '30m',
  absolute: '12h',
})
const denied = denylist({ key: 'denied:{jti}', about: 'Revoked tokens.' })
declare const truth: Truth<object>

export async function opening(): Promise<void> {
  const state = await open({ login, denied }, { truth })
  same<typeof state.login, Sessions<{ readonly tenant: string; readonly userId: string }, { role: string }>>(
    true,
  )
  same<typeof state.denied, Denylist<{ readonly jti: string }>>(true)
  const ann = { tenant: 't', userId: 'ann' }
  await state.login.create(ann, { role: 'user' })
  await state.login.create(null, { role: 'visitor' })
  // @ts-expect-error -- a parameter of the key is missing
  await state.login.create({ userId: 'ann' }, { role: 'user' })
  // @ts-expect-error -- it holds something else
  await state.login.create(ann, { roles: [] })
  // @ts-expect-error -- a change makes another one, and leaves this one as it is
  await state.login.update('id', (value) => ((value.role = 'admin'), value))
  sessionStore(state.login, { user: ({ role }) => (role === '' ? null : ann) })
  // @ts-expect-error -- whose it is lacks a parameter of the key
  sessionStore(state.login, { user: () => ({ userId: 'ann' }) })

  // @ts-expect-error -- a denylist stands on PostgreSQL
  await open({ denied })
  await open({ login })
}

session({
  key: 'session:{userId}',
  about: 'x',
  value: z.object({}),
  idle: '30m',
  absolute: '12h',
  // @ts-expect-error -- neither the store nor the truth
  revocations: 'memory',
})
