import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

// OWASP's recommendation for scrypt: N = 2^17, r = 8, p = 1. 128 MiB of memory for each, off the event loop.
const COST = 2 ** 17
const BLOCK = 8
const PARALLEL = 1
const KEY_BYTES = 32
const MEMORY = 256 * 2 ** 20

/** A password as it is stored: `scrypt$N$r$p$salt$key`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, COST, BLOCK, PARALLEL)
  return ['scrypt', COST, BLOCK, PARALLEL, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Whether `password` is the one that was stored. False for a stored text of another form. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, cost, block, parallel, salt, key] = stored.split('$')
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

/** What an unknown user's password is compared with, so that the answer takes as long as for a known one. */
let decoy: Promise<string> | undefined

/** Spends the time of a comparison. Always false. */
export async function verifyNobody(password: string): Promise<boolean> {
  decoy ??= hashPassword(randomBytes(16).toString('hex'))
  await verifyPassword(password, await decoy)
  return false
}

/** Twenty characters that nobody guesses, for accounts that the desk makes itself. */
export function inventPassword(): string {
  return randomBytes(15).toString('base64url')
}

function derive(password: string, salt: Buffer, N: number, r: number, p: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Unicode has several spellings of one text; people type whichever their keyboard makes.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem: MEMORY }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
