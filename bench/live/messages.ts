/** What is measured: the figures of the issue. */
export const LOAD = {
  clients: 1_000,
  symbols: 500,
  symbolsOfOne: 10,
  updatesPerSecond: 500,
} as const

/** Topic of the client that freezes: large enough that its socket is full within seconds. */
export const LARGE = { symbol: 'LARGE', bytes: 100_000, perSecond: 20 } as const

/** A frozen client is ended after this. */
export const TOO_SLOW_MS = 5_000

/** Who serves: the bridge, or sockets of `ws` with nothing around them. */
export type Server = 'bridge' | 'bare'

/** To a server or to the clients; each is answered. */
export type Order =
  | { readonly kind: 'connect'; readonly url: string }
  | { readonly kind: 'begin' }
  /** What came since `begin`. */
  | { readonly kind: 'figures' }
  /** Of the clients: one more follows what is large, and does not read. Of a server: it is told of. */
  | { readonly kind: 'freeze' }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'end' }

/** What a process used since `begin`. */
export interface Used {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly rssBytes: number
}

/** What the clients saw since `begin`. Times in ms. */
export interface Seen extends Used {
  readonly messages: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

/** Microseconds of a clock that all processes of a machine share. */
export function sharedMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n)
}
