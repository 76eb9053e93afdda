import { DeclarationError } from '../core/errors.ts'
import type { NodeAddress } from './node.ts'

/** Where each node is reached from here, by the `host:port` that Redis announces: containers and NAT need it. */
export type AddressMap = Readonly<Record<string, NodeAddress>>

/** The primary of a Sentinel group: the connection moves to whichever server is promoted. */
export interface SentinelOptions {
  /** What the Sentinels call the group: the `mymaster` of `sentinel monitor mymaster …`. */
  readonly name: string
  /** The Sentinels, all of them: the one that knows of the latest failover is believed. */
  readonly nodes: readonly NodeAddress[]
  /** Of the Redis servers. */
  readonly username?: string
  /** Of the Redis servers. */
  readonly password?: string
  /** Of the Sentinels, when they ask for one. */
  readonly sentinelUsername?: string
  /** Of the Sentinels, when they ask for one. */
  readonly sentinelPassword?: string
  /** The number of the database. Default 0. */
  readonly database?: number
  /** Whether Sentinels and servers are spoken to with TLS. */
  readonly tls?: boolean
  readonly addressMap?: AddressMap
}

/** A Redis Cluster of Redis 7 or Valkey. */
export interface ClusterOptions {
  /** Some of its nodes, primaries or replicas: they are asked for the others. */
  readonly nodes: readonly NodeAddress[]
  readonly username?: string
  readonly password?: string
  /** Whether all nodes are spoken to with TLS. */
  readonly tls?: boolean
  readonly addressMap?: AddressMap
}

/** Which Redis: one server, the primary that Sentinels watch over, or a Cluster. */
export type Topology =
  | {
      /** `redis://[[user]:password@]host[:port][/db]`, `rediss://…` for TLS, or `unix:///path`. */
      readonly url: string
      readonly sentinel?: never
      readonly cluster?: never
    }
  | { readonly sentinel: SentinelOptions; readonly url?: never; readonly cluster?: never }
  | { readonly cluster: ClusterOptions; readonly url?: never; readonly sentinel?: never }

const SENTINEL_FIELDS: Readonly<Record<keyof SentinelOptions, 'string' | 'number' | 'boolean' | 'object'>> = {
  name: 'string',
  nodes: 'object',
  username: 'string',
  password: 'string',
  sentinelUsername: 'string',
  sentinelPassword: 'string',
  database: 'number',
  tls: 'boolean',
  addressMap: 'object',
}
const CLUSTER_FIELDS: Readonly<Record<keyof ClusterOptions, 'string' | 'boolean' | 'object'>> = {
  nodes: 'object',
  username: 'string',
  password: 'string',
  tls: 'boolean',
  addressMap: 'object',
}

/** @throws DeclarationError naming the option that is wrong. The URL itself is checked by who shows it. */
export function assertTopology(options: Topology): void {
  const given = (['url', 'sentinel', 'cluster'] as const).filter((name) => options[name] !== undefined)
  if (given.length !== 1)
    throw new DeclarationError(
      'redisStore',
      given.length === 0
        ? 'has none of url, sentinel and cluster; give one of them'
        : `has ${given.join(' and ')}; give one of them`,
    )
  if (options.sentinel) {
    assertFields('redisStore.sentinel', options.sentinel, SENTINEL_FIELDS)
    const { name, database = 0 } = options.sentinel
    if (typeof name !== 'string' || name === '')
      throw new DeclarationError(
        'redisStore.sentinel.name',
        'is missing: what the Sentinels call the group, for example mymaster',
      )
    if (!Number.isInteger(database) || database < 0)
      throw new DeclarationError('redisStore.sentinel.database', `${database} is no whole number from 0`)
  }
  if (options.cluster) assertFields('redisStore.cluster', options.cluster, CLUSTER_FIELDS)
}

function assertFields(
  field: string,
  options: SentinelOptions | ClusterOptions,
  fields: Readonly<Record<string, string>>,
): void {
  if (typeof options !== 'object' || options === null)
    throw new DeclarationError(field, 'is no object; write { nodes: [{ host, port }] }')
  for (const [name, value] of Object.entries(options)) {
    const expected = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (expected === undefined)
      throw new DeclarationError(
        `${field}.${name}`,
        `does not exist; there are ${Object.keys(fields).join(', ')}`,
      )
    if (value !== undefined && typeof value !== expected)
      throw new DeclarationError(`${field}.${name}`, `is a ${typeof value}, not a ${expected}`)
  }
  const { nodes, addressMap = {} } = options
  if (!Array.isArray(nodes) || nodes.length === 0)
    throw new DeclarationError(`${field}.nodes`, 'is empty; give at least one { host, port }')
  nodes.forEach((node: unknown, index) => assertNode(`${field}.nodes[${index}]`, node))
  for (const [address, node] of Object.entries(addressMap))
    assertNode(`${field}.addressMap['${address}']`, node)
}

function assertNode(field: string, node: unknown): void {
  const { host, port } = (node ?? {}) as Partial<Record<keyof NodeAddress, unknown>>
  if (typeof host !== 'string' || host === '')
    throw new DeclarationError(`${field}.host`, 'is missing: a name or an IP address')
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw new DeclarationError(`${field}.port`, `${String(port)} is no port`)
}
