/** A process that does one thing to one account, and kills itself with SIGKILL at the step that it is told. */
import { writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { openPool } from '../bank.ts'
import { MUTANTS } from '../designs/mutants.ts'
import { openProtocol } from '../designs/protocol.ts'
import type { WorkerOrder } from '../messages.ts'
import { type Point, Points } from '../points.ts'
import type { Deed } from './steps.ts'

/** What it is told once it is ready. */
export interface Errand {
  readonly deed: Deed
  readonly account: number
  readonly point: Point
}

/** What it tells. */
export type FromVictim =
  | { readonly kind: 'ready' }
  /** Somebody has been told of this version: as the outcome of a write, or by a read. */
  | { readonly kind: 'told'; readonly version: number }
  | { readonly kind: 'reached' }
  | { readonly kind: 'failed'; readonly problem: string }

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder
// By a system call of its own: it is out before the process is gone.
const say = (message: FromVictim): void => void writeSync(1, `${JSON.stringify(message)}\n`)
process.on('disconnect', () => process.exit(0))

let acknowledged: Promise<unknown> | undefined
const points = new Points(async (point) => {
  // What was given to the client in this turn is on its way after it.
  if (point.endsWith(' sent')) await turn()
  await acknowledged
  say({ kind: 'reached' })
})
const pool = openPool(order.databaseUrl, 4)
const client = await openProtocol(order, pool, points, MUTANTS[order.design])

async function run({ deed, account, point }: Errand): Promise<void> {
  points.arm(point, 'die')
  if (deed.kind === 'gate') return
  if (deed.kind === 'read') {
    const { value } = await client.account(account)
    return say({ kind: 'told', version: value?.version ?? 0 })
  }
  let version = 0
  let tellAcknowledged = (): void => undefined
  if (deed.ack === 'commit') acknowledged = new Promise<void>((resolve) => (tellAcknowledged = resolve))
  await client.write({
    accounts: [account],
    groups: [account],
    how: deed.how,
    isolation: undefined,
    ack: deed.ack,
    body: async (tx) => {
      const { rows } = await tx.query<{ version: number }>(
        'UPDATE account SET version = version + 1 WHERE id = $1 RETURNING version',
        [account],
      )
      version = rows[0]?.version ?? 0
    },
  })
  say({ kind: 'told', version })
  tellAcknowledged()
}

process.on(
  'message',
  (errand: Errand) =>
    void run(errand).catch((error: unknown) => say({ kind: 'failed', problem: String(error) })),
)
say({ kind: 'ready' })
