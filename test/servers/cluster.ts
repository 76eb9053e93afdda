import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@redis/client'
import { findRedis, freePort, startRedis } from '../../src/embedded/index.ts'
import { eventually } from './eventually.ts'

const SLOTS = 16_384
const PASSWORD = 'of-the-cluster'
/** How long a node is silent until the others take it for failed. */
const NODE_TIMEOUT_MS = 1_000

const clientFor = (url: string) => createClient({ url, socket: { reconnectStrategy: 50 } })

/** One node of a Cluster of ours. */
export interface ClusterNode {
  readonly host: string
  readonly port: number
  pid(): number
  /** Ends it without a word; what it knows of the Cluster stays on its disk. */
  kill(): Promise<void>
  /** Starts it again, without its data. */
  restart(): Promise<void>
  /** Its name among the nodes. */
  readonly id: string
  readonly cli: ReturnType<typeof clientFor>
}

interface OwnNode extends ClusterNode {
  readonly busPort: string
  stop(): Promise<void>
}

/** A Cluster on 127.0.0.1. */
export interface TestCluster {
  readonly nodes: readonly ClusterNode[]
  /** What `redisStore({ cluster })` takes. */
  readonly options: { readonly nodes: readonly { host: string; port: number }[]; readonly password: string }
  /** One more node, which all others know, without slots; or a replica, once it is in step. */
  add(primary?: ClusterNode): Promise<ClusterNode>
  /** Who has the slot of `key`, as the first node that answers sees it. */
  ownerOf(key: string): Promise<ClusterNode>
  /** Resolves once every node that runs says that all slots are covered. */
  whole(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts `size` primaries that share the slots. They need about two seconds from then on until they answer: see
 * `whole`.
 */
export async function startCluster(size = 3): Promise<TestCluster> {
  const binary = await findRedis()
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-cluster-'))
  let started = 0
  const start = async (): Promise<OwnNode> => {
    const settings = {
      binary,
      dir: join(folder, String(started++)),
      afterKill: 'stop' as const,
      password: PASSWORD,
      config: {
        'cluster-enabled': 'yes',
        // The usual one, 10,000 more, need not exist.
        'cluster-port': String(await freePort()),
        'cluster-node-timeout': String(NODE_TIMEOUT_MS),
        masterauth: PASSWORD,
        'repl-diskless-sync-delay': '0',
      },
    }
    let redis = await startRedis(settings)
    const cli = clientFor(redis.url)
    cli.on('error', () => undefined)
    await cli.connect()
    const { port } = redis
    const stop = (): Promise<void> => redis.stop()
    return {
      host: '127.0.0.1',
      port,
      busPort: settings.config['cluster-port'],
      id: await cli.sendCommand<string>(['CLUSTER', 'MYID']),
      cli,
      pid: () => redis.pid,
      stop,
      async kill() {
        process.kill(redis.pid, 'SIGKILL')
        await stop()
      },
      async restart() {
        redis = await startRedis({ ...settings, port })
        await eventually(() => cli.isReady)
      },
    }
  }
  const nodes = await Promise.all(Array.from({ length: size }, start))
  const [first] = nodes as [OwnNode, ...OwnNode[]]
  const meet = async ({ host, port, busPort }: OwnNode): Promise<void> =>
    first.cli.sendCommand(['CLUSTER', 'MEET', host, String(port), busPort])
  await Promise.all(
    nodes.map((node, index) => {
      const bounds = [index, index + 1].map((part) => Math.floor((SLOTS * part) / size))
      return node.cli.sendCommand([
        'CLUSTER',
        'ADDSLOTSRANGE',
        String(bounds[0]),
        String((bounds[1] ?? 0) - 1),
      ])
    }),
  )
  await Promise.all(nodes.slice(1).map(meet))

  const all = [...nodes]
  const running = (): ClusterNode[] => all.filter(({ cli }) => cli.isReady)
  const knows = async (node: ClusterNode, id: string): Promise<boolean> =>
    (await node.cli.sendCommand<string>(['CLUSTER', 'NODES'])).includes(id)
  const cluster: TestCluster = {
    nodes: all,
    options: { nodes: nodes.map(({ host, port }) => ({ host, port })), password: PASSWORD },
    async add(primary) {
      const node = await start()
      await meet(node)
      all.push(node)
      await eventually(async () => {
        const known = await Promise.all(
          running().flatMap((one) => [knows(one, node.id), knows(node, one.id)]),
        )
        return known.every(Boolean)
      }, 15_000)
      await cluster.whole()
      if (primary) {
        await node.cli.sendCommand(['CLUSTER', 'REPLICATE', primary.id])
        await eventually(async () => /master_link_status:up/.test(await node.cli.info('replication')), 15_000)
      }
      return node
    },
    async ownerOf(key) {
      // One that hangs does not answer.
      const [slot, ranges] = await Promise.any(
        running().map(({ cli }) =>
          Promise.all([
            cli.sendCommand<number>(['CLUSTER', 'KEYSLOT', key]),
            cli.sendCommand<[number, number, [string, number]][]>(['CLUSTER', 'SLOTS']),
          ]),
        ),
      )
      const range = ranges.find(([from, to]) => from <= slot && slot <= to)
      const owner = all.find(({ port }) => port === range?.[2][1])
      if (!owner) throw new Error(`nobody has the slot of ${key}`)
      return owner
    },
    whole: () =>
      eventually(async () => {
        const infos = await Promise.all(
          running().map(({ cli }) => cli.sendCommand<string>(['CLUSTER', 'INFO']).catch(() => '')),
        )
        return infos.every(
          (info) => /cluster_state:ok/.test(info) && info.includes(`cluster_known_nodes:${all.length}`),
        )
      }, 20_000),
    async stop() {
      for (const { cli } of all) cli.destroy()
      await Promise.all(all.map((node) => node.stop()))
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    },
  }
  return cluster
}
