import { describe, expect, test } from 'vitest'
import type { SignedIn } from '../../src/api/shapes.ts'
import { createSession } from '../../src/session/session.ts'
import { manualClock } from '../manual-clock.ts'
import { memoryStorage } from '../memory-storage.ts'

const DAY_MS = 86_400_000

function signedIn(expiresInMs: number, clock = manualClock()): SignedIn {
  const expiresAt = new Date(clock.wall() + expiresInMs).toISOString()
  return { token: 'secret', expiresAt, user: { id: 'u1', email: 'a@b.c' } }
}

describe('a session', () => {
  test('survives a reload of the page', () => {
    const storage = memoryStorage()
    const clock = manualClock()
    createSession({ storage, clock }).begin(signedIn(DAY_MS))
    expect(createSession({ storage, clock }).state.get().session?.token).toBe('secret')
  })

  test('is gone after signing out, without a notice', () => {
    const storage = memoryStorage()
    const clock = manualClock()
    const session = createSession({ storage, clock })
    session.begin(signedIn(DAY_MS))
    session.signOut()
    expect(session.state.get()).toEqual({ session: null, notice: null })
    expect(createSession({ storage, clock }).state.get().session).toBeNull()
  })

  test('ends with a notice at the moment its token expires', () => {
    const clock = manualClock()
    const session = createSession({ storage: memoryStorage(), clock })
    session.begin(signedIn(DAY_MS))
    clock.advance(DAY_MS - 1)
    expect(session.state.get().session).not.toBeNull()
    clock.advance(1)
    expect(session.state.get().session).toBeNull()
    expect(session.state.get().notice).toMatch(/expired/)
  })

  test('that lasts longer than the longest timer is not cut short', () => {
    const clock = manualClock()
    const session = createSession({ storage: memoryStorage(), clock })
    session.begin(signedIn(60 * DAY_MS))
    clock.advance(59 * DAY_MS)
    expect(session.state.get().session).not.toBeNull()
    clock.advance(DAY_MS)
    expect(session.state.get().session).toBeNull()
  })

  test('that expired while the tab was closed is not restored', () => {
    const storage = memoryStorage()
    const clock = manualClock()
    createSession({ storage, clock }).begin(signedIn(1_000))
    const later = manualClock(clock.wall() + 2_000)
    const restored = createSession({ storage, clock: later })
    expect(restored.state.get().session).toBeNull()
    expect(restored.state.get().notice).toMatch(/expired/)
  })

  test('refused by several requests at once says so once, and not to somebody signed out', () => {
    const session = createSession({ storage: memoryStorage(), clock: manualClock() })
    session.expire()
    expect(session.state.get().notice).toBeNull()
  })

  test.each(['{', '42', '{"token":1}', '{"token":"t","expiresAt":"never","user":{}}'])(
    'does not start from the broken storage %s',
    (stored) => {
      const storage = memoryStorage()
      storage.setItem('holdfast.session', stored)
      expect(createSession({ storage, clock: manualClock() }).state.get().session).toBeNull()
    },
  )
})
