import { randomBytes, randomFillSync } from 'node:crypto'

/** Randomness as a parameter, so that a test can repeat a run. */
export interface Random {
  /** A text that nobody else has: 22 or more URL-safe characters, safe inside a Redis key or a script argument. */
  token(): string
  /** A text that nobody guesses: 256 bits, as 43 characters of base64url. */
  secret(): string
  /** Uniform in [0, 1). */
  float(): number
}

/** Randomness of this process, from the operating system. */
export const systemRandom: Random = createSystemRandom()

function createSystemRandom(): Random {
  // 96 random bits name the process, a counter names the token: unique, and 20 times cheaper than 96 fresh bits each.
  const processId = randomBytes(12).toString('base64url')
  const word = new Uint32Array(1)
  let count = 0
  return {
    token: () => `${processId}.${(++count).toString(36).padStart(5, '0')}`,
    secret: () => randomBytes(32).toString('base64url'),
    float: () => (randomFillSync(word)[0] ?? 0) / 2 ** 32,
  }
}
