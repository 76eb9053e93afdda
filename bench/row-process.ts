/**
 * One row in a process of its own, so that no row sees what another one left behind in the heap and in the compiler.
 * Takes an order from its parent, answers with lines, and ends.
 */
import { type HotFunction, profile } from './profile.ts'
import { type Bench, judge, type Line } from './row.ts'
import { ROWS } from './rows/index.ts'

/** What the parent sends. */
export interface Order {
  readonly row: string
  readonly bench: Bench
}

/** What it gets. */
export interface Report {
  readonly lines: readonly Line[]
  /** Of the row's own work, when a target was missed. */
  readonly profile: readonly HotFunction[] | null
}

async function carryOut({ row: name, bench }: Order): Promise<Report> {
  const row = ROWS.find((each) => each.row === name)
  if (!row) throw new Error(`there is no row ${name}`)
  const found = await row.run(bench)
  const lines = found.comparisons.map((each) => judge(name, each))
  const isMissed = lines.some(({ pass }) => pass === false)
  const taken = isMissed && found.ours ? await profile(found.ours) : null
  await found.close?.()
  return { lines, profile: taken }
}

process.once('message', (order: Order) => {
  carryOut(order).then(
    (report) => process.send?.({ report }, () => process.disconnect()),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      process.send?.({ failed: text }, () => process.disconnect())
    },
  )
})
