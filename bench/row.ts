import type { Work } from './measure.ts'

/** What a row gets to work with. */
export interface Bench {
  /** A private Redis that nothing else uses at the moment. It is empty. */
  readonly redisUrl: string
  /** A private PostgreSQL with `fsync` on; empty for rows that do not ask for it. */
  readonly postgresUrl: string
  /** Fewer keys and repetitions: for trying things out, not for figures. */
  readonly isQuick: boolean
}

/** What a figure must reach. Targets are those of the design, and never edited to fit. */
export type Target = { readonly atLeast: number } | { readonly atMost: number }

/** One figure of ours beside one of somebody else, or judged by itself. */
export interface Comparison {
  /** Which part of the row, where it has several: `p99`, `at 1,000,000 keys`. */
  readonly part?: string
  readonly value: number
  readonly unit: string
  /** The rival or limit. With `againstValue` the ratio of the two is judged, without it the value itself. */
  readonly against: string
  readonly againstValue?: number
  /** Left out for what is only told. */
  readonly target?: Target
  /** How the other side was configured; client CPU per operation; whatever a reader needs beside the figures. */
  readonly note?: string
}

/** A comparison that could not be made: a rival that throws in set-up has not failed. */
export interface NotRun {
  readonly part?: string
  readonly against: string
  readonly notRun: string
}

/** What a row found. */
export interface Findings {
  readonly comparisons: readonly (Comparison | NotRun)[]
  /** The row's own work, to be profiled when a target is missed. Only until `close`. */
  readonly ours?: Work
  /** Ends what the row opened. */
  close?(): unknown
}

/** A row of the bench. */
export interface Row {
  readonly row: string
  /** What is done and measured, in one line. */
  readonly about: string
  readonly needs?: 'postgres'
  run(bench: Bench): Promise<Findings>
}

/** One line of the report. */
export interface Line {
  readonly row: string
  readonly part: string | null
  readonly value: number | null
  readonly unit: string
  readonly against: string
  readonly againstValue: number | null
  readonly ratio: number | null
  readonly target: number | null
  readonly bound: 'at least' | 'at most' | null
  /** null: there is no target, or it could not be run. */
  readonly pass: boolean | null
  readonly note: string
}

/** Judges what a row found. */
export function judge(row: string, found: Comparison | NotRun): Line {
  const part = found.part ?? null
  if ('notRun' in found) {
    const { against, notRun } = found
    const nothing = { value: null, againstValue: null, ratio: null, target: null, bound: null, pass: null }
    return { row, part, unit: '', against, note: `not run: ${notRun}`, ...nothing }
  }
  const { value, unit, against, againstValue = null, target, note = '' } = found
  const ratio = againstValue === null ? null : value / againstValue
  const judged = ratio ?? value
  const base = { row, part, value, unit, against, againstValue, ratio, note }
  if (!target) return { ...base, target: null, bound: null, pass: null }
  return 'atLeast' in target
    ? { ...base, target: target.atLeast, bound: 'at least', pass: judged >= target.atLeast }
    : { ...base, target: target.atMost, bound: 'at most', pass: judged <= target.atMost }
}
