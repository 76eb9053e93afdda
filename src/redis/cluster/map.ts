import { addressOf, type NodeAddress } from '../node.ts'

/** Which slots are where, as a node describes the Cluster. */
export interface ClusterMap {
  /** Also those that have no slots, or none yet. */
  readonly primaries: readonly Primary[]
  /** Who may be asked when no primary answers. */
  readonly replicas: readonly NodeAddress[]
  /** The primaries and slots as one text. */
  readonly signature: string
}

/** A primary, and the slots that it answers for: first and last of each range. */
export interface Primary {
  readonly node: NodeAddress
  readonly ranges: readonly (readonly [number, number])[]
}

/** What `CLUSTER SHARDS` answers with. */
export interface Shard {
  readonly slots: readonly number[]
  readonly nodes: readonly {
    readonly endpoint?: string | null
    readonly ip?: string
    readonly port?: number
    readonly 'tls-port'?: number
    readonly role: string
    readonly health: string
  }[]
}

/** `askedHost` is the host of the node that answered: nodes that do not know their own name announce none. */
export function readShards(shards: readonly Shard[], askedHost: string, isTls: boolean): ClusterMap {
  const primaries: Primary[] = []
  const replicas: NodeAddress[] = []
  for (const { slots, nodes } of shards) {
    const nodeOf = ({ endpoint, ip, port, 'tls-port': tlsPort }: Shard['nodes'][number]): NodeAddress => {
      const announced = endpoint ?? ip ?? ''
      const host = announced === '' || announced === '?' ? askedHost : announced
      return { host, port: (isTls ? tlsPort : port) ?? port ?? 0 }
    }
    const masters = nodes.filter(({ role }) => role === 'master')
    const ranges = pairs(slots)
    // One that failed over is still called a primary until it is back.
    const primary =
      masters.find(({ health }) => health === 'online') ?? (ranges.length > 0 ? masters[0] : undefined)
    if (primary) primaries.push({ node: nodeOf(primary), ranges })
    replicas.push(...nodes.filter((node) => node !== primary).map(nodeOf))
  }
  const signature = primaries.map(({ node, ranges }) => `${addressOf(node)} ${ranges.join(' ')}`).sort()
  return { primaries, replicas, signature: signature.join('\n') }
}

function pairs(slots: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (let index = 0; index + 1 < slots.length; index += 2)
    ranges.push([slots[index] as number, slots[index + 1] as number])
  return ranges
}

/** A node's own view of the Cluster, from `CLUSTER INFO`. */
export interface View {
  /** Whether the node answers for its slots: not when it is cut off from the others. */
  readonly isOk: boolean
  /** Grows with each failover. */
  readonly epoch: number
  /** Changes with anything about nodes or failovers. */
  readonly signature: string
}

/** Reads `CLUSTER INFO`. */
export function readView(info: string): View {
  const field = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? ''
  const epoch = field('cluster_current_epoch')
  return {
    isOk: field('cluster_state') === 'ok',
    epoch: Number(epoch),
    signature: [epoch, field('cluster_known_nodes'), field('cluster_size')].join(' '),
  }
}
