/** The shapes that the desk's API sends: only the fields that the dashboard reads. Times are ms since 1970 UTC. */

/** Where a value was answered from: this process, Redis, or the source itself. */
export type Tier = 'l1' | 'l2' | 'source'

/** A signed-in person. */
export interface User {
  readonly id: string
  readonly email: string
}

/** Where somebody is signed in. */
export interface SignedInAt {
  readonly handle: string
  /** What the browser said that it is. */
  readonly device: string
  readonly address: string
  readonly createdAt: string
  readonly lastUsedAt: string
  readonly isThis: boolean
}

/** The reply to sign-in and registration. */
export interface SignedIn {
  readonly token: string
  /** ISO 8601. */
  readonly expiresAt: string
  readonly user: User
}

/** How far the replay of a recorded market has come. */
export interface Replay {
  readonly file: string
  readonly symbol: string
  /** Venue time per time here; `max` does not wait. */
  readonly speed: number | 'max'
  /** The venue's time of the last tick; null before it. */
  readonly eventTime: number | null
  /** 0 to 1. */
  readonly share: number
  readonly ticks: number
  readonly malformed: number
  readonly done: boolean
  readonly loops: number
}

/** What this desk runs on. */
export interface Status {
  readonly mode: {
    readonly priceSource: 'simulator' | 'replay'
    readonly store: 'redis' | 'memory'
    readonly database: 'embedded' | 'external'
    readonly execution: 'paper' | 'venue'
  }
  readonly replay: Replay | null
  readonly demo: { readonly email: string; readonly password: string } | null
  readonly version: string
}

/** A tradable asset. `asset` is its address on `chain`. */
export interface Asset {
  readonly chain: string
  readonly asset: string
  readonly symbol: string
  readonly name: string
  readonly decimals: number
  readonly quote: string
  /** Decimals of its prices, where the desk knows them. */
  readonly priceDecimals?: number
}

/** A last price with its provenance. `price` and `change24h` (percent) are decimal strings. */
export interface Price {
  readonly chain: string
  readonly asset: string
  readonly symbol: string
  readonly quote: string
  readonly price: string
  readonly change24h: string | null
  readonly eventTime: number
  /** Grows with every tick of the asset. */
  readonly seq: number
  /** Age when it was sent. */
  readonly ageMs: number
  readonly tier: Tier
  readonly stale: boolean
}

/** The candle intervals that the desk aggregates, shortest first. */
export const INTERVALS = ['1m', '5m', '15m', '1h', '4h', '1d'] as const

/** One of `INTERVALS`. */
export type Interval = (typeof INTERVALS)[number]

/** One candle; `time` is its start, all amounts are decimal strings. */
export interface Candle {
  readonly time: number
  readonly open: string
  readonly high: string
  readonly low: string
  readonly close: string
  readonly volume: string
  readonly trades: number
}

/** A trading agent. */
export interface Agent {
  readonly id: string
  readonly name: string
  readonly mode: 'paper' | 'live'
  readonly status: 'active' | 'paused'
  readonly strategy: string | null
  /** ISO 8601. */
  readonly createdAt: string
}

/** Latency percentiles in ms. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

/** One keyspace as the state panel shows it. */
export interface Keyspace {
  readonly name: string
  readonly kind: string
  /** The key pattern. */
  readonly key: string
  readonly about: string
  readonly ttlMs: number | null
  /** The rest of its declaration, by the names of its kind: `leaseMs` of a lock, `limit` and `periodMs` of a limiter. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>
  readonly l1: { readonly entries: number; readonly maxEntries: number } | null
  /** Since the desk started, by name: each kind counts what it does. See state/keyspace-counts.ts. */
  readonly counts: Readonly<Record<string, number>>
  /** Hits among hits and loads, 0 to 1; null before the first. Who waits for somebody else's load is neither. */
  readonly hitRatio: number | null
  /** Of reads that L1 did not answer. */
  readonly readMs: Latency | null
  readonly loadMs: Latency | null
  /** What the store knows of it: counted by all desks, and what it holds. Null before the desk has asked. */
  readonly shared: SharedKeyspace | null
}

/** One keyspace as the store knows it, some seconds ago; its size some minutes ago. */
export interface SharedKeyspace {
  readonly hitRatio: number | null
  /** Since a load of any desk stored a value. */
  readonly lastRefreshAgeMs: number | null
  readonly size: { readonly keys: number; readonly bytes: number | null } | null
}

/** The state layer at one instant. */
export interface DeskState {
  readonly uptimeMs: number
  readonly store: string
  readonly tiers: readonly string[]
  readonly keyspaces: readonly Keyspace[]
}
