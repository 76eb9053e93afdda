import { createClient } from '@redis/client'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedRedis, findRedis, freePort, startRedis } from 'holdfast/embedded'
import type { Where } from './port.ts'

/** Servers that nobody else uses, and what can be done to them. */
export interface Servers {
  readonly where: Where
  readonly version: string
  /** They stay connected and say nothing more, as when the network swallows what is sent. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

interface ClusterNode {
  readonly redis: EmbeddedRedis
  readonly busPort: number
}

const SLOTS = 16_384
const PRIMARIES = 3
const MEET_LIMIT_MS = 15_000

/** A private Redis, or a private Cluster of three primaries without replicas. */
export async function startServers(topology: 'standalone' | 'cluster'): Promise<Servers> {
  const binary = await findRedis()
  const started: EmbeddedRedis[] = []
  let isStopped = false
  const stop = async (): Promise<void> => {
    isStopped = true
    await Promise.all(started.map((redis) => redis.stop()))
  }
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => (): void => {
    if (!isStopped) for (const { pid } of started) process.kill(pid, name)
  }
  try {
    const nodes: ClusterNode[] = []
    for (let index = 0; index < (topology === 'cluster' ? PRIMARIES : 1); index++) {
      // Given, because Redis would add 10,000 to a port that may be above 55,535.
      const busPort = await freePort()
      const config = { 'cluster-enabled': 'yes', 'cluster-port': String(busPort) }
      // Without a password: what clients learn of the nodes of a Cluster holds none.
      const redis = await startRedis({
        binary,
        afterKill: 'stop',
        password: '',
        ...(topology === 'cluster' && { config }),
      })
      started.push(redis)
      nodes.push({ redis, busPort })
    }
    const urls = started.map(({ url }) => url)
    if (topology === 'cluster') await join(nodes)
    const where: Where =
      topology === 'cluster' ? { topology, urls } : { topology, url: urls[0] ?? 'redis://127.0.0.1' }
    return { where, version: binary.version, freeze: signal('SIGSTOP'), thaw: signal('SIGCONT'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Shares the slots out and introduces the nodes to each other; resolves when all of them know all slots. */
async function join(nodes: readonly ClusterNode[]): Promise<void> {
  const clients = await Promise.all(nodes.map(({ redis }) => createClient({ url: redis.url }).connect()))
  try {
    const [first] = clients
    for (const [index, client] of clients.entries()) {
      const start = Math.floor((SLOTS * index) / clients.length)
      const end = Math.floor((SLOTS * (index + 1)) / clients.length) - 1
      await client.clusterAddSlotsRange({ start, end })
    }
    for (const { redis, busPort } of nodes.slice(1))
      await first?.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', String(redis.port), String(busPort)])
    const endMs = performance.now() + MEET_LIMIT_MS
    for (const client of clients) {
      for (;;) {
        const info = await client.clusterInfo()
        if (info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodes.length}`)) break
        if (performance.now() > endMs) throw new Error(`The Cluster did not form: ${info}`)
        await sleep(50)
      }
    }
  } finally {
    for (const client of clients) client.destroy()
  }
}

/** The servers behind a place. */
export function urlsOf(where: Where): readonly string[] {
  if (where.topology === 'cluster') return where.urls
  return where.topology === 'standalone' ? [where.url] : []
}

/** Sends one command to each of the servers, over a connection of its own. */
export async function onEach(where: Where, ...command: readonly string[]): Promise<unknown[]> {
  return Promise.all(
    urlsOf(where).map(async (url) => {
      const client = await createClient({ url }).connect()
      try {
        return await client.sendCommand([...command])
      } finally {
        client.destroy()
      }
    }),
  )
}
