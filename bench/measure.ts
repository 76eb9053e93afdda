/** Work to be timed: does something `count` times. */
export type Work = (count: number) => unknown

/** What one variant reached: the medians of its rounds. */
export interface Figure {
  readonly perSecond: number
  /** Processor time of this process for one operation, garbage collection and other threads included. */
  readonly cpuMicros: number
}

const ROUNDS = 9
const ROUND_MS = 150

/**
 * How fast each variant is. Rounds are interleaved and begin with another variant each time, because the speed of a
 * machine drifts: only variants of the same moment can be compared.
 */
export async function measure<Name extends string>(
  variants: Readonly<Record<Name, Work>>,
): Promise<Record<Name, Figure>> {
  const runners = (Object.entries(variants) as [Name, Work][]).map(([name, work]) => ({
    name,
    work,
    count: 1,
    rates: [] as number[],
    costs: [] as number[],
  }))
  for (const runner of runners) runner.count = await calibrate(runner.work)
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < runners.length; turn++) {
      const runner = runners[(round + turn) % runners.length] as (typeof runners)[number]
      const { work, count, rates, costs } = runner
      const cpuBefore = process.cpuUsage()
      const tookMs = await timeMs(() => work(count))
      const cpu = process.cpuUsage(cpuBefore)
      rates.push((count / tookMs) * 1_000)
      costs.push((cpu.user + cpu.system) / count)
    }
  }
  return Object.fromEntries(
    runners.map(({ name, rates, costs }) => [name, { perSecond: median(rates), cpuMicros: median(costs) }]),
  ) as Record<Name, Figure>
}

/** How many operations fill a round; warms the code up on the way. */
async function calibrate(work: Work): Promise<number> {
  let count = 1
  for (;;) {
    const tookMs = await timeMs(() => work(count))
    if (tookMs >= ROUND_MS) return count
    count = Math.ceil(tookMs < ROUND_MS / 20 ? count * 10 : (count * ROUND_MS * 1.1) / tookMs)
  }
}

/** How long something takes. */
export async function timeMs(work: () => unknown): Promise<number> {
  const startMs = performance.now()
  await work()
  return performance.now() - startMs
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  return quantile(figures, 0.5)
}

/** The figure that this share of all figures does not exceed: 0.99 for p99. */
export function quantile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Work that keeps `concurrency` calls in flight. `call` is told how many were started before. */
export function concurrently(concurrency: number, call: (index: number) => Promise<unknown>): Work {
  return async (count) => {
    let started = 0
    const lane = async (): Promise<void> => {
      while (started < count) await call(started++)
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane))
  }
}
