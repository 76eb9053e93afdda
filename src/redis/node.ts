/** Where one Redis server, or one Sentinel, listens. */
export interface NodeAddress {
  /** A name or an IP address. */
  readonly host: string
  readonly port: number
}

/** `host:port`, which names a node wherever one is named: by Redis, in errors and in signals. */
export function addressOf({ host, port }: NodeAddress): string {
  return `${host}:${port}`
}

/** The node at `host:port`; a host may hold colons itself. Undefined for anything else. */
export function parseAddress(address: string): NodeAddress | undefined {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(address) ?? []
  return port === '' ? undefined : { host, port: Number(port) }
}

/** As whom the servers of a Cluster or behind Sentinel are asked, and how. */
export interface Login {
  readonly username?: string
  readonly password?: string
  /** Whether connections use TLS. */
  readonly tls?: boolean
  /** The number of the database; a Cluster has 0 alone. */
  readonly database?: number
}

/** A server: as a URL, or as a node and a login. */
export type ServerAddress = { readonly url: string } | { readonly node: NodeAddress; readonly login: Login }
