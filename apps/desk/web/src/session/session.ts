/**
 * Who is signed in.
 *
 * The token lives in `sessionStorage`: it survives a reload, dies with the tab, is never sent by itself (so there
 * is no cross-site request to forge), and the stream needs to read it for its first message. The price is that a
 * script injected into this page could read it; the desk's policy `default-src 'self'` allows no such script.
 */
import type { SignedIn } from '../api/shapes.ts'
import { createCell, type ReadonlyCell } from '../cell.ts'
import type { Clock, Timer } from '../clock.ts'

const STORAGE_KEY = 'holdfast.session'
/** Browsers overflow timers beyond 2^31 ms; a longer session is checked again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** What the page knows about the person in front of it. `notice` says why they were signed out. */
export interface SessionState {
  readonly session: SignedIn | null
  readonly notice: string | null
}

/** The one session of this page. */
export interface Session {
  readonly state: ReadonlyCell<SessionState>
  readonly begin: (session: SignedIn) => void
  readonly signOut: () => void
  /** Ends a session that the desk no longer accepts, and says so on the sign-in screen. */
  readonly expire: () => void
}

/** Restores the stored session, if it has not expired. */
export function createSession(options: { storage: Storage; clock: Clock }): Session {
  const { storage, clock } = options
  const state = createCell<SessionState>({ session: null, notice: null })
  let expiry: Timer | null = null

  function begin(session: SignedIn): void {
    storage.setItem(STORAGE_KEY, JSON.stringify(session))
    state.set({ session, notice: null })
    watchExpiry(session)
  }

  function end(notice: string | null): void {
    expiry?.cancel()
    storage.removeItem(STORAGE_KEY)
    state.set({ session: null, notice })
  }

  function expire(): void {
    // Several requests may be refused at once; the first one says it.
    if (state.get().session) end('Your session has expired. Sign in again to go on.')
  }

  function watchExpiry(session: SignedIn): void {
    expiry?.cancel()
    const remainingMs = Date.parse(session.expiresAt) - clock.wall()
    if (remainingMs <= 0) return expire()
    expiry = clock.after(Math.min(remainingMs, LONGEST_TIMER_MS), () => watchExpiry(session))
  }

  const stored = readStored(storage)
  if (stored) begin(stored)
  return { state, begin, signOut: () => end(null), expire }
}

function readStored(storage: Storage): SignedIn | null {
  try {
    const stored = JSON.parse(storage.getItem(STORAGE_KEY) ?? 'null') as SignedIn | null
    const usable = typeof stored?.token === 'string' && !Number.isNaN(Date.parse(stored.expiresAt))
    return usable && typeof stored.user.email === 'string' ? stored : null
  } catch {
    return null
  }
}
