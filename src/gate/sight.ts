import type { FenceServer, FenceStore } from '../fence/port.ts'
import type { GateRow, PolledRow } from './row.ts'

/** What this process sees of the store: nothing; or its server, and whether the mark of the epoch is there. */
export type Sight =
  | { readonly isSeen: false; readonly error: unknown }
  | { readonly isSeen: true; readonly server: FenceServer; readonly isMarked: boolean }

/** Looks at the store, as the gate's row wants it. */
export async function lookAt(store: FenceStore, row: Pick<GateRow, 'nonce' | 'run'>): Promise<Sight> {
  try {
    const server = await store.vet()
    const isRight = server.run === row.run && server.problem === undefined
    return { isSeen: true, server, isMarked: isRight && (await store.within(row).isMarked()) }
  } catch (error) {
    return { isSeen: false, error }
  }
}

/** A process that is connected to another server than all others gets this long to be led to theirs. */
const LAGGARD_MS = 5_000

/**
 * Why the epoch of `row` must end, by what this process sees: the fences in it, or its values, may be lost or wrong.
 * Undefined: no reason, or none that is sure.
 */
export function reasonToEnd(row: PolledRow, sight: Sight, nowMs: number): string | undefined {
  if (row.start !== row.startNow) return 'PostgreSQL was restarted, restored or replaced'
  if (!sight.isSeen) return undefined
  const { server, isMarked } = sight
  if (server.run !== row.run) {
    // A connection from before the epoch: the others may know better which server is the right one.
    const isNewer = nowMs - server.connectedMs < row.epochAgeMs
    return isNewer || row.epochAgeMs > LAGGARD_MS ? 'the store was restarted or replaced' : undefined
  }
  if (server.problem !== undefined) return `the store is unfit: ${server.problem}`
  if (server.lineage !== row.lineage) return 'the data of the store was replaced, or has its first replica'
  return isMarked ? undefined : 'the store lost data: a flush, or an eviction of what must stay'
}

/** Whether what this process sees is what the epoch of `row` stands on. */
export function isAsExpected(row: PolledRow, sight: Sight): sight is Sight & { isSeen: true } {
  return (
    sight.isSeen &&
    sight.isMarked &&
    sight.server.problem === undefined &&
    sight.server.run === row.run &&
    sight.server.lineage === row.lineage &&
    row.start === row.startNow
  )
}
