import type { Clock } from '../core/clock.ts'
import type { ChangeListener } from '../entry/port.ts'
import { ClusterConnection } from './cluster/cluster.ts'
import type { RedisCommands, RedisVetting } from './commands.ts'
import { RedisConnection } from './connection.ts'
import { showableEndpoint } from './endpoint.ts'
import type { LinkOptions } from './link.ts'
import { addressOf, type Login, type NodeAddress } from './node.ts'
import { type AddressMap, assertTopology, type Topology } from './options.ts'
import { SentinelConnection } from './sentinel/sentinel.ts'
import type { ChangeFeed } from './tracking.ts'

/** The Redis behind a store, whatever it consists of. */
export interface RedisBackend extends RedisCommands, RedisVetting {
  /** Once, before anything else. @throws StoreUnavailableError when it cannot be used within the connect timeout. */
  connect(): Promise<void>
  /** One round trip to each server that commands are sent to. Fails as they do. */
  ping(): Promise<void>
  /** Ends all connections. Unanswered commands are rejected. */
  close(): void
}

/** What a backend works with. */
export interface BackendContext {
  readonly clock: Clock
  /** Told of changes, of all servers together. */
  readonly listener: ChangeListener
  /** The feed of one connection; undefined when there is nothing to follow. */
  feedFor(listener: ChangeListener): ChangeFeed | undefined
}

/**
 * Makes connections to what `topology` describes.
 *
 * @throws DeclarationError naming the option that is wrong.
 */
export function connectorOf(
  topology: Topology,
  shared: Omit<LinkOptions, 'server' | 'endpoint'>,
): (context: BackendContext) => RedisBackend {
  assertTopology(topology)
  const { url, sentinel, cluster } = topology
  if (sentinel) {
    const { sentinelUsername, sentinelPassword, tls, addressMap } = sentinel
    const sentinelLogin: Login = {
      ...(sentinelUsername !== undefined && { username: sentinelUsername }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(tls !== undefined && { tls }),
    }
    const linkTo = linksBy(sentinel, addressMap, shared)
    const linkToSentinel = linksBy(sentinelLogin, undefined, shared)
    return ({ clock, listener, feedFor }) =>
      new SentinelConnection({ ...shared, sentinel, linkTo, linkToSentinel, feedFor }, clock, listener)
  }
  if (cluster) {
    const linkTo = linksBy(cluster, cluster.addressMap, shared)
    return ({ clock, listener, feedFor }) =>
      new ClusterConnection({ ...shared, cluster, linkTo, feedFor }, clock, listener)
  }
  const options = { ...shared, server: { url }, endpoint: showableEndpoint(url) }
  return ({ clock, listener, feedFor }) => {
    const feed = feedFor(listener)
    const events = {
      up: () => feed?.resumed(),
      silent: () => feed?.lost(),
      heard: () => feed?.resumed(),
    }
    return new RedisConnection(options, clock, events, feed)
  }
}

function linksBy(
  login: Login,
  addressMap: AddressMap = {},
  shared: Omit<LinkOptions, 'server' | 'endpoint'>,
): (announced: NodeAddress) => LinkOptions {
  return (announced) => {
    const address = addressOf(announced)
    const node = Object.hasOwn(addressMap, address) ? (addressMap[address] as NodeAddress) : announced
    return { ...shared, server: { node, login }, endpoint: address }
  }
}
