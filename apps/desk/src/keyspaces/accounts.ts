import { cached, denylist, limiter, lock, session } from 'holdfast'
import { z } from 'zod'

/** Begun by signing in. What was ended stays so, whatever becomes of Redis: PostgreSQL knows. */
export const login = session({
  key: 'session:{userId}',
  about: 'Who is signed in, from which device. Ends by itself when it was not used for a day.',
  value: z.object({ device: z.string(), address: z.string() }),
  idle: '24h',
  absolute: '30d',
  mostPerUser: 50,
  revocations: 'truth',
})

/** Of programs, which have no session. */
export const revokedToken = denylist({
  key: 'revoked:{userId}:{jti}',
  about: 'Access tokens of programs that were revoked before their end.',
  longest: '366d',
})

/** Each leaves a row for a year when it is revoked. */
export const programTokens = limiter({
  key: 'rate:program-tokens:{userId}',
  about: 'Access tokens for programs that a user makes and revokes.',
  rate: '40/1d',
  onStoreDown: 'deny',
})

/** Five wrong passwords, and nobody signs in with that address for a while. */
export const failedLogin = limiter({
  key: 'rate:failed-login:{email}',
  about: 'Wrong passwords for an address. The fifth in a quarter of an hour locks it out.',
  rate: '5/15m',
  algorithm: 'sliding-log',
  onStoreDown: 'deny',
})

/** Set by the fifth wrong password. */
export const lockedOut = cached({
  key: 'locked-out:{email}',
  about: 'Until when nobody signs in with an address, on the calendar.',
  value: z.object({ untilMs: z.number() }),
  ttl: '15m',
})

/** So that many guesses at once are no more than five. */
export const loginTurn = lock({
  key: 'lock:login:{email}',
  about: 'One password at a time is tried for an address.',
  lease: '10s',
})
