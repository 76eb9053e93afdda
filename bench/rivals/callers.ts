/** A process of the stampede: opens one node, and calls it as often as it is told, all at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { endWithParent } from '../processes.ts'
import { libraryNamed } from './libraries.ts'
import type { Where } from './port.ts'
import { surviveStrayErrors } from './stray-errors.ts'

/** What the row asks for. */
export interface CallersOrder {
  readonly key: string
  readonly callers: number
}

/** What the callers of one process, or of all, saw. */
export interface CallersAnswer {
  readonly loads: number
  readonly wrong: number
  readonly slowestMs: number
}

const LOAD_MS = 100
const SUBSCRIBED_MS = 300

endWithParent()
surviveStrayErrors()
const { library, where, namespace } = JSON.parse(process.argv[2] ?? '{}') as {
  library: string
  where: Where
  namespace: string
}
let loads = 0
const load = async (key: string): Promise<unknown> => {
  loads += 1
  await sleep(LOAD_MS)
  return { id: key, version: 1 }
}
const source = { load, loadMany: (keys: readonly string[]) => Promise.all(keys.map(load)) }
const node = await libraryNamed(library).open({ where, namespace, source })
await node.get('warm')
await sleep(SUBSCRIBED_MS)

process.on('message', (order: CallersOrder) => void call(order))
process.send?.('ready')

async function call({ key, callers }: CallersOrder): Promise<void> {
  loads = 0
  let wrong = 0
  const startMs = performance.now()
  const one = async (): Promise<void> => {
    const found = await node.get(key).catch(() => undefined)
    if ((found as { id?: unknown } | undefined)?.id !== key) wrong += 1
  }
  await Promise.all(Array.from({ length: callers }, one))
  const answer: CallersAnswer = { loads, wrong, slowestMs: Math.round(performance.now() - startMs) }
  process.send?.(answer)
}
