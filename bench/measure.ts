/** Work to be timed: does something `count` times. */
export type Work = (count: number) => unknown

const ROUNDS = 9
const ROUND_MS = 150

/**
 * Operations per second of each variant: the median of rounds that are interleaved, because the speed of a machine
 * drifts and only variants of the same moment can be compared.
 */
export async function throughput<Name extends string>(
  variants: Readonly<Record<Name, Work>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[]
  const counts = new Map<Name, number>()
  const rates = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (const name of names) counts.set(name, await calibrate(variants[name]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const count = counts.get(name) ?? 1
      const tookMs = await time(variants[name], count)
      rates.get(name)?.push((count / tookMs) * 1_000)
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(rates.get(name) ?? [])])) as Record<
    Name,
    number
  >
}

/** How many operations fill a round; warms the code up on the way. */
async function calibrate(work: Work): Promise<number> {
  let count = 1
  for (;;) {
    const tookMs = await time(work, count)
    if (tookMs >= ROUND_MS) return count
    count = Math.ceil(tookMs < ROUND_MS / 20 ? count * 10 : (count * ROUND_MS * 1.1) / tookMs)
  }
}

async function time(work: Work, count: number): Promise<number> {
  const startMs = performance.now()
  await work(count)
  return performance.now() - startMs
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Work that keeps `concurrency` calls in flight. */
export function concurrently(concurrency: number, call: () => Promise<unknown>): Work {
  return async (count) => {
    let started = 0
    const lane = async (): Promise<void> => {
      while (started++ < count) await call()
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane))
  }
}
