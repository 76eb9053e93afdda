/** What every row gets. */
export interface BenchContext {
  /** A private Redis that nothing else uses. */
  readonly redisUrl: string
}

/** One figure of the bench: ours beside that of a named rival or limit, measured in the same run. */
export interface Row {
  readonly row: string
  readonly unit: string
  /** What it is compared with. */
  readonly against: string
  /** The least that ours / theirs must be. Never edited to fit. */
  readonly target: number
  readonly run: (context: BenchContext) => Promise<{ readonly value: number; readonly against: number }>
}

/** A row with its outcome, as written to bench/results. */
export interface Result {
  readonly row: string
  readonly value: number
  readonly unit: string
  readonly against: string
  readonly againstValue: number
  readonly ratio: number
  readonly target: number
  readonly pass: boolean
}
