/** What a run comes to in the end, in PostgreSQL and in all processes. */
import { type Account, type Group, groupRow, type Shape } from './bank.ts'
import type { Crew } from './crew.ts'
import { type Audit, auditPlace } from './judge.ts'
import type { World } from './world.ts'

/** Which transaction wrote which version, as PostgreSQL has it. */
export async function auditOf(world: World): Promise<Audit> {
  const rows = await world.sql('SELECT key, version, attempt::float8 FROM audit')
  return new Map(
    rows.map((row) => [auditPlace(Number(row['key']), Number(row['version'])), Number(row['attempt'])]),
  )
}

/** What all processes read from the cache, beside what PostgreSQL has. */
export async function compareInTheEnd(world: World, crew: Crew, shape: Shape): Promise<string[]> {
  const rows = await world.sql('SELECT id, amount::text, version, attempt::float8 FROM account ORDER BY id')
  const groups = await Promise.all(
    Array.from({ length: shape.groups }, (_, id) => groupRow(world.pool, String(id))),
  )
  const differences: string[] = []
  const compare = (who: number, what: string, seen: Account | Group | null, truth: unknown): void => {
    const text = (value: unknown): string => JSON.stringify(value, Object.keys(value ?? {}).toSorted())
    if (text(seen) !== text(truth))
      differences.push(`worker ${who}: ${what} is ${text(seen)}, not ${text(truth)}`)
  }
  const all = await Promise.all(crew.present.map(async (worker) => ({ worker, ...(await worker.final()) })))
  for (const { worker, accounts, groups: seenGroups, cold } of all) {
    differences.push(...cold.map((key) => `worker ${worker.order.incarnation}: ${key}`))
    rows.forEach(({ id, ...row }, index) =>
      compare(worker.order.incarnation, `account ${String(id)}`, accounts[index] ?? null, row),
    )
    groups.forEach((group, id) =>
      compare(worker.order.incarnation, `group ${id}`, seenGroups[id] ?? null, group),
    )
  }
  return differences
}
