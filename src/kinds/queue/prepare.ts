import type { Truth } from '../../truth.ts'

/** Makes the table `name` by `statements`, unless it is there. Several processes may call it at once. */
export async function prepareTable<Session>(
  truth: Truth<Session>,
  name: string,
  statements: readonly string[],
  lock: number,
): Promise<void> {
  const [found] = await truth.query(truth.session, `SELECT to_regclass('${name}') IS NOT NULL AS known`)
  if (found?.['known'] === true) return
  await truth.transaction(async (tx) => {
    await truth.query(tx, `SELECT pg_advisory_xact_lock(${lock})`)
    for (const statement of statements) await truth.query(tx, statement)
  })
}
