/** Makes a failing run small: leaves out what it does not need to fail. */
import type { Plan } from './plan.ts'
import type { Simulator } from './load.ts'

/** A run that fails. */
export interface Failing {
  readonly plan: Plan
  readonly network: number
}

/** Other delays under which a shorter plan may fail, where those of the longer one no longer fit. */
const NETWORKS = 12

/** The smallest run found that still fails, within `limitMs`. */
export async function shrink(
  { runPlan }: Simulator,
  failing: Failing,
  now: () => number,
  limitMs: number,
): Promise<Failing> {
  const giveUpMs = now() + limitMs
  let best = failing
  const fails = async (plan: Plan): Promise<Failing | undefined> => {
    for (let offset = 0; offset < NETWORKS && now() < giveUpMs; offset++) {
      const network = offset === 0 ? best.network : best.network + offset * 7_919
      if ((await runPlan(plan, network)).problems.length > 0) return { plan, network }
    }
    return undefined
  }
  for (
    let size = Math.ceil(best.plan.steps.length / 2);
    size >= 1;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = 0; from < best.plan.steps.length && now() < giveUpMs;) {
      const steps = best.plan.steps.toSpliced(from, size)
      const smaller = await fails({ ...best.plan, steps })
      if (smaller) best = smaller
      else from += size
    }
  }
  return best
}
