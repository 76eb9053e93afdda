import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { DeskError } from '../domain/desk-error.ts'

// OWASP's recommendation for scrypt: N = 2^17, r = 8, p = 1. 128 MiB of memory for each, off the event loop.
const COST = 2 ** 17
const BLOCK = 8
const PARALLEL = 1
const SALT_BYTES = 16
const KEY_BYTES = 32
const MEMORY = 256 * 2 ** 20

/** Derivations that run and that wait. They take memory and processor by design: a crowd must not take all of both. */
const MOST_AT_ONCE = 2
const MOST_WAITING = 30

/**
 * A password as it is stored: `scrypt$N$r$p$salt$key`, the last two in base64.
 *
 * @throws DeskError BUSY when too many passwords are being worked on
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return stored(salt, await derive(password, salt, COST, BLOCK, PARALLEL))
}

/**
 * Whether `password` is the one that was stored. False for a stored text of another form.
 *
 * @throws DeskError BUSY when too many passwords are being worked on
 */
export async function verifyPassword(password: string, storedPassword: string): Promise<boolean> {
  const [scheme, cost, block, parallel, salt, key] = storedPassword.split('$')
  if (scheme !== 'scrypt' || salt === undefined || key === undefined) return false
  const expected = Buffer.from(key, 'base64')
  const derived = await derive(
    password,
    Buffer.from(salt, 'base64'),
    Number(cost),
    Number(block),
    Number(parallel),
  )
  return expected.length === derived.length && timingSafeEqual(expected, derived)
}

/** The key of no password: what an unknown user's is compared with. */
const NOBODY = stored(randomBytes(SALT_BYTES), randomBytes(KEY_BYTES))

/** False, after the time that a comparison takes: an unknown user is answered as slowly as a known one. */
export async function verifyNobody(password: string): Promise<false> {
  await verifyPassword(password, NOBODY)
  return false
}

/** Twenty characters that nobody guesses, for accounts that the desk makes itself. */
export function inventPassword(): string {
  return randomBytes(15).toString('base64url')
}

function stored(salt: Buffer, key: Buffer): string {
  return ['scrypt', COST, BLOCK, PARALLEL, salt.toString('base64'), key.toString('base64')].join('$')
}

let running = 0
const waiting: (() => void)[] = []

async function derive(password: string, salt: Buffer, N: number, r: number, p: number): Promise<Buffer> {
  if (running < MOST_AT_ONCE) running++
  else if (waiting.length >= MOST_WAITING)
    throw new DeskError('BUSY', 'Too many sign in at once. Try again soon.')
  // Whoever is let in takes over the place of the one that left.
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    // Unicode has several spellings of one text; people type whichever their keyboard makes.
    return await scryptOf(password.normalize('NFKC'), salt, { N, r, p, maxmem: MEMORY })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

function scryptOf(
  password: string,
  salt: Buffer,
  cost: { N: number; r: number; p: number; maxmem: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, cost, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
