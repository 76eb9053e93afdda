/**
 * Randomness that repeats: the same seed gives the same sequence on every machine. Fit for inventing a market,
 * unfit for anything that somebody may want to guess.
 *
 * The generator is xoshiro128** 1.1 by David Blackman and Sebastiano Vigna (2018, public domain,
 * https://prng.di.unimi.it). A seed text is spread over its state by FNV-1a and the 32-bit finaliser of Austin
 * Appleby's MurmurHash3.
 */
export interface SeededRandom {
  /** Uniform over the whole numbers from 0 to 2^32 - 1. */
  word(): number
  /** Uniform in [0, 1). */
  float(): number
  /** Normally distributed around 0 with standard deviation 1. */
  normal(): number
}

/** A generator of its own for every seed text: `'7/solana'` and `'7/monad'` share nothing. */
export function seededRandom(seed: string): SeededRandom {
  let hash = fnv1a(seed)
  const next = (): number => {
    hash = (hash + 0x9e3779b9) | 0
    return finalise(hash)
  }
  return fromState([next(), next(), next(), next()])
}

/** A generator in a given state, four 32-bit words of which one at least is not zero. */
export function fromState(state: readonly [number, number, number, number]): SeededRandom {
  let [a, b, c, d] = state

  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
  const float = (): number => word() / 2 ** 32
  return {
    word,
    float,
    // Box and Muller (1958). `1 - float()` is never 0, so the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}

function finalise(value: number): number {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
