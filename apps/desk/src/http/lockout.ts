/**
 * Lockout: five wrong passwords for an address in a quarter of an hour, and nobody signs in with it for as long,
 * whoever knows the password. An address without an account is locked out alike: it is not told which have one.
 */
import { type Clock, LockNotAcquiredError } from 'holdfast'
import { DeskError } from '../domain/desk-error.ts'
import type { DeskState } from '../ops/state.ts'

/** What it stands on. */
export interface LockoutParts {
  readonly state: Pick<DeskState, 'failedLogin' | 'lockedOut' | 'loginTurn'>
  readonly clock: Clock
}

/** Longer than a password takes that has to wait for others. */
const TURN_WAIT = '10s'

/**
 * What `attempt` finds; null is a failure, and is counted. One attempt at an address at a time, so that many at once
 * are no more than five.
 *
 * @throws DeskError LOCKED_OUT; what `attempt` throws; the store's errors
 */
export async function orLockOut<Found>(
  { state, clock }: LockoutParts,
  email: string,
  attempt: () => Promise<Found | null>,
): Promise<Found | null> {
  const id = { email }
  const refuseLockedOut = async (): Promise<void> => {
    const known = await state.lockedOut.get(id)
    const leftMs = (known?.untilMs ?? 0) - clock.wall()
    if (leftMs > 0)
      throw new DeskError('LOCKED_OUT', 'Too many wrong passwords for this address. Try again later.', {
        retryAfterMs: leftMs,
      })
  }
  // Who is locked out must not stand in line.
  await refuseLockedOut()
  try {
    return await state.loginTurn.run(
      id,
      async () => {
        await refuseLockedOut()
        const found = await attempt()
        if (found !== null) return found
        const { remaining, resetMs } = await state.failedLogin.take(id)
        if (remaining === 0) await state.lockedOut.set(id, { untilMs: clock.wall() + resetMs })
        return null
      },
      { wait: TURN_WAIT },
    )
  } catch (error) {
    if (!(error instanceof LockNotAcquiredError)) throw error
    throw new DeskError('BUSY', 'Too many sign in at once. Try again soon.')
  }
}
