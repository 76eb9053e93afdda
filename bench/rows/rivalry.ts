import { type Figure, measure, type Work } from '../measure.ts'
import type { Comparison, Findings, NotRun, Target } from '../row.ts'

/** A side of a comparison: ours, a rival, or the bare client. */
export interface Side {
  readonly name: string
  readonly configuration: string
  /** Opens it; a side that throws here is not run. Undefined: it has nothing of the kind. */
  open(): Promise<{ readonly work: Work | undefined; close?(): unknown }>
}

/** What ours is held to, beside one side, or beside the best of several. */
export interface Rule {
  readonly against: string | { readonly bestOf: readonly string[] }
  readonly target: Target
}

/** Measures `ours` beside all `others`. Who has a rule is judged, the others are told. */
export async function rivalry(
  unit: string,
  ours: Side,
  others: readonly Side[],
  rules: readonly Rule[],
): Promise<Findings> {
  const closing: (() => unknown)[] = []
  const works: Record<string, Work> = {}
  const notRun: NotRun[] = []
  for (const side of [ours, ...others]) {
    try {
      const { work, close } = await side.open()
      if (close) closing.push(close)
      if (work) works[side.name] = work
    } catch (error) {
      if (side === ours) throw error
      notRun.push({ against: side.name, notRun: error instanceof Error ? error.message : String(error) })
    }
  }
  const figures = await measure(works)
  const mine = figures[ours.name] as Figure
  const beside = (name: string, target?: Target, title = name): Comparison => {
    const theirs = figures[name] as Figure
    const configuration = others.find((side) => side.name === name)?.configuration ?? ''
    return {
      value: mine.perSecond,
      unit,
      against: title,
      againstValue: theirs.perSecond,
      ...(target && { target }),
      note: `${micros(mine)} against ${micros(theirs)} of client CPU each; ${configuration}`,
    }
  }
  const judged = rules.flatMap(({ against, target }): Comparison[] => {
    if (typeof against === 'string') return figures[against] ? [beside(against, target)] : []
    const best = against.bestOf
      .filter((name) => figures[name])
      .sort((a, b) => (figures[b] as Figure).perSecond - (figures[a] as Figure).perSecond)[0]
    return best === undefined ? [] : [beside(best, target, `the best rival, ${best}`)]
  })
  const ruled = new Set(rules.map(({ against }) => against))
  const told = others.flatMap(({ name }) => (figures[name] && !ruled.has(name) ? [beside(name)] : []))
  const work = works[ours.name]
  return {
    comparisons: [...judged, ...told, ...notRun],
    ...(work && { ours: work }),
    async close() {
      for (const close of closing) await close()
    },
  }
}

function micros({ cpuMicros }: Figure): string {
  return `${cpuMicros < 10 ? cpuMicros.toFixed(2) : Math.round(cpuMicros)} µs`
}
