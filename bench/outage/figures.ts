/** How the calls went that began in one phase of a drill. */
export interface Figures {
  readonly calls: number
  /** How many failed, by code. */
  readonly errors: Readonly<Record<string, number>>
  /** Answers that said of themselves that they may be outdated. */
  readonly stale: number
  /** Answers older than what the same node had invalidated before it was asked, and that did not say so. */
  readonly outdated: number
  readonly longestMs: number
  readonly p99Ms: number
}

/** One call. */
export interface Call {
  readonly tookMs: number
  readonly error?: string
  readonly isStale?: boolean
  readonly isOutdated?: boolean
}

/** The figures of some calls. */
export function figuresOf(calls: readonly Call[]): Figures {
  const took = calls.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)
  const errors: Record<string, number> = {}
  for (const { error } of calls) if (error !== undefined) errors[error] = (errors[error] ?? 0) + 1
  return {
    calls: calls.length,
    errors,
    stale: calls.filter(({ isStale }) => isStale).length,
    outdated: calls.filter(({ isOutdated }) => isOutdated).length,
    longestMs: took.at(-1) ?? 0,
    p99Ms: took[Math.floor(took.length * 0.99)] ?? 0,
  }
}

/** The figures of several nodes as one. The 99th percentile is that of the slowest. */
export function together(figures: readonly Figures[]): Figures {
  const errors: Record<string, number> = {}
  for (const each of figures)
    for (const [code, count] of Object.entries(each.errors)) errors[code] = (errors[code] ?? 0) + count
  const sum = (of: (each: Figures) => number): number => figures.reduce((total, each) => total + of(each), 0)
  return {
    calls: sum(({ calls }) => calls),
    errors,
    stale: sum(({ stale }) => stale),
    outdated: sum(({ outdated }) => outdated),
    longestMs: Math.max(0, ...figures.map(({ longestMs }) => longestMs)),
    p99Ms: Math.max(0, ...figures.map(({ p99Ms }) => p99Ms)),
  }
}
