import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { within } from './deadline.ts'
import type { Library, NodeOptions, RivalCache, Where } from './port.ts'

/** Subscriptions that a library sets up behind its constructor are there after this. */
const SUBSCRIBED_MS = 400

/** A node could not even be opened: the row was not run. */
export class SetUpError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** What a scenario opens its nodes with. */
export interface Nodes {
  /** One more node, with an empty memory, over what the others have stored. */
  open(): Promise<RivalCache>
  /** Several nodes; in memory there is only one, which then stands for all. */
  openSeveral(count: number): Promise<readonly RivalCache[]>
}

/** Runs a scenario on nodes under a namespace of their own, and closes them whatever happens. */
export async function withNodes<Result>(
  library: Library,
  options: Omit<NodeOptions, 'namespace'>,
  scenario: (nodes: Nodes) => Promise<Result>,
): Promise<Result> {
  const namespace = `rivals-${randomUUID().slice(0, 8)}`
  const opened: RivalCache[] = []
  const openOne = async (): Promise<RivalCache> => {
    if (!hasNodes(options.where) && opened[0]) return opened[0]
    const opening = within('opening a node', library.open({ ...options, namespace }))
    const node = await opening.catch((error: unknown) => {
      throw new SetUpError(error)
    })
    opened.push(node)
    return node
  }
  const nodes: Nodes = {
    async open() {
      const node = await openOne()
      await sleep(hasNodes(options.where) ? SUBSCRIBED_MS : 0)
      return node
    },
    async openSeveral(count) {
      const several: RivalCache[] = []
      for (let index = 0; index < count; index++) several.push(await openOne())
      await sleep(hasNodes(options.where) ? SUBSCRIBED_MS : 0)
      return several
    },
  }
  try {
    return await scenario(nodes)
  } finally {
    const closing = opened.map((node) => within('closing', node.close(), 1_000))
    await Promise.allSettled(closing)
  }
}

/** Whether several nodes can share what is stored there. */
function hasNodes(where: Where): boolean {
  return where.topology !== 'memory'
}
