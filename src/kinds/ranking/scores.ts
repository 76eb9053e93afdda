import { InvalidValueError } from '../../core/errors.ts'

/** Scores as callers have them, and as the store keeps them: doubles. */
export interface ScoreForm<Score> {
  /** @throws InvalidValueError for what cannot be kept exactly */
  toStore(score: Score): number
  fromStore(score: number): Score
}

/** Scores that are numbers. */
export function numberScores(name: string): ScoreForm<number> {
  return {
    toStore(score) {
      if (typeof score !== 'number' || !Number.isFinite(score))
        throw new InvalidValueError(
          name,
          `a score is a finite number, not ${typeof score === 'string' ? score : typeof score}`,
        )
      return score + 0
    },
    fromStore: (score) => score,
  }
}

const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/

/** Scores that are decimal texts, kept as whole multiples of `10^-places`. */
export function decimalScores(name: string, places: number): ScoreForm<string> {
  return {
    toStore(score) {
      const [, sign = '', whole, fraction = ''] = (typeof score === 'string' && DECIMAL.exec(score)) || []
      if (whole === undefined)
        throw new InvalidValueError(
          name,
          `a score is a decimal text such as '12.5', not ${typeof score === 'string' ? score : typeof score}`,
        )
      const kept = fraction.slice(0, places).padEnd(places, '0')
      if (/[1-9]/.test(fraction.slice(places)))
        throw new InvalidValueError(name, `the score ${score} has more decimals than the ${places} declared`)
      const scaled = Number(BigInt(whole + kept))
      if (scaled > Number.MAX_SAFE_INTEGER)
        throw new InvalidValueError(
          name,
          `the score ${score} with ${places} decimals is beyond 2^53 and cannot be kept exactly`,
        )
      return sign === '-' && scaled > 0 ? -scaled : scaled
    },
    fromStore(score) {
      const digits = String(BigInt(Math.abs(score))).padStart(places + 1, '0')
      const whole = digits.slice(0, digits.length - places)
      const text = places === 0 ? whole : `${whole}.${digits.slice(-places)}`
      return score < 0 ? `-${text}` : text
    },
  }
}
