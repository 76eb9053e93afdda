import { setTimeout as wait } from 'node:timers/promises'

/** Resolves once `condition` holds; rejects when it does not within `limitMs`. For what another process does. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  limitMs = 5_000,
): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not so within ${limitMs} ms: ${condition.toString()}`)
    await wait(5)
  }
}
