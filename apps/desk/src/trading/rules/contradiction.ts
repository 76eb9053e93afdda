import * as decimal from '../../domain/decimal.ts'

/** Something that a config cannot mean. */
export interface Contradiction {
  /** The path of the field: `takeProfit.levels[1].gainPercent`. */
  readonly field: string
  /** What is wrong, or what would be accepted. */
  readonly message: string
}

/** Collects what is wrong in one part of a config. */
export interface Reporter {
  readonly found: Contradiction[]
  /** Notes `message` for `field` of this part, unless all is well. */
  unless(well: boolean, field: string, message: string): void
}

/** A reporter for the part of a config at `path`. */
export function reporter(path: string): Reporter {
  const found: Contradiction[] = []
  return {
    found,
    unless(well, field, message) {
      if (!well) found.push({ field: `${path}.${field}`, message })
    },
  }
}

/** Whether the decimal text `a` is more than `b`. */
export function above(a: string, b: string): boolean {
  return decimal.compare(decimal.parse(a), decimal.parse(b)) > 0
}

/** Whether the decimal text `a` is `b` or less. */
export function atMost(a: string, b: string): boolean {
  return !above(a, b)
}
