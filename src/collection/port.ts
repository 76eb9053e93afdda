/**
 * How long something is kept after its last change, in ms; null: for good.
 */
export type KeepMs = number | null

/** Where collections are kept. Memory and Redis implement it; one conformance suite holds them to it. */
export interface CollectionStore {
  /** The calendar time of the store, as well as it is known here: ms since 1970. `key` says of which server. */
  now(key: string): number
  /** Removes the collection under `key`, whatever it is. Whether there was one. */
  clear(key: string): Promise<boolean>
  readonly counts: CountStore
  readonly uniques: UniqueStore
  readonly sets: SetStore
  readonly rankings: RankingStore
  readonly places: PlaceStore
  readonly lists: ListStore
  readonly records: RecordStore
}

/**
 * Counts of 64 bits, each under its key. Every method may reject with StoreUnavailableError, StoreTimeoutError or
 * StoreRefusedError; so may those of the other parts.
 */
export interface CountStore {
  /** Adds to a count: what it is afterwards. Undefined when it would leave 64 bits: then nothing is changed. */
  add(key: string, amount: bigint, keepMs: KeepMs): Promise<bigint | undefined>
  /** Counts, in the order of their keys; 0 for one that is not there. */
  read(keys: readonly string[]): Promise<readonly bigint[]>
}

/** How many different members were noted, without keeping them: HyperLogLog in Redis, exact in memory. */
export interface UniqueStore {
  /** Notes members. Whether what is counted changed. */
  note(key: string, members: readonly string[], keepMs: KeepMs): Promise<boolean>
  /** How many were noted under any of these keys, each counted once. On a Cluster they must lie in one slot. */
  count(keys: readonly string[]): Promise<number>
}

/** Some members of a set. */
export interface SetPage {
  readonly members: readonly string[]
  /** Where to go on; undefined at the end. */
  readonly next: string | undefined
}

/** Sets of texts. */
export interface SetStore {
  /** Adds members, all or none: how many were new. Undefined when there would be more than `max`. */
  include(key: string, members: readonly string[], max: number, keepMs: KeepMs): Promise<number | undefined>
  /** Removes members: how many there were. */
  exclude(key: string, members: readonly string[]): Promise<number>
  /** Which of these are in, in their order. */
  has(key: string, members: readonly string[]): Promise<readonly boolean[]>
  count(key: string): Promise<number>
  /**
   * Members, about `most` at a time, in no order. What is in from the first page to the last comes at least once.
   * `from` is the `next` of the page before.
   */
  page(key: string, from: string | undefined, most: number): Promise<SetPage>
}

/** A member and its score. */
export interface Scored {
  readonly member: string
  readonly score: number
}

/** Which end of a ranking comes first. Equal scores: by the bytes of the names, in the same direction. */
export type RankingOrder = 'highest' | 'lowest'

/** What a change of scores must keep to. */
export interface ScoreRules {
  readonly keepMs: KeepMs
  /** The most members. */
  readonly max: number
  /** Which end is dropped beyond `max`; null: what would be beyond is refused. */
  readonly drop: RankingOrder | null
  /** Scores are whole numbers, and stay below 2^53. */
  readonly isExact: boolean
}

/**
 * What became of a change of scores: the score of each member afterwards, undefined for one that was dropped. Or why
 * nothing was changed: `full`, or a score that would leave its `range`.
 */
export type ScoreOutcome = readonly (number | undefined)[] | 'full' | 'range'

/** Members with scores: doubles, as in Redis. */
export interface RankingStore {
  /** Sets or adds to the scores of members, all or none. No member may come twice. */
  score(key: string, how: 'set' | 'add', scores: readonly Scored[], rules: ScoreRules): Promise<ScoreOutcome>
  /** Removes members: how many there were. */
  remove(key: string, members: readonly string[]): Promise<number>
  scores(key: string, members: readonly string[]): Promise<readonly (number | undefined)[]>
  count(key: string): Promise<number>
  /** At most `most` members, after the first `from`. */
  slice(key: string, order: RankingOrder, from: number, most: number): Promise<readonly Scored[]>
  /** A member, and up to `reach` before and after it; `from` come before the first. Undefined if it is not in. */
  around(
    key: string,
    order: RankingOrder,
    member: string,
    reach: number,
  ): Promise<{ readonly from: number; readonly entries: readonly Scored[] } | undefined>
}

/** A place on earth, in degrees. */
export interface Point {
  /** North of the equator, south of it negative: -85.05112878 to 85.05112878. */
  readonly latitude: number
  /** East of Greenwich, west of it negative: -180 to 180. */
  readonly longitude: number
}

/** A member and where it is. */
export interface Place extends Point {
  readonly member: string
}

/** A member, where it is, and how far away that is. */
export interface NearPlace extends Place {
  readonly metres: number
}

/** Members with a place each, which is kept to 0.6 m. */
export interface PlaceStore {
  /** Puts members where they are, all or none; false when there would be more than `max`. None may come twice. */
  put(key: string, places: readonly Place[], max: number, keepMs: KeepMs): Promise<boolean>
  /** Removes members: how many there were. */
  remove(key: string, members: readonly string[]): Promise<number>
  where(key: string, members: readonly string[]): Promise<readonly (Point | undefined)[]>
  count(key: string): Promise<number>
  /** Members no farther from `centre` than `metres`, the nearest first, at most `most`. */
  near(key: string, centre: Point, metres: number, most: number): Promise<readonly NearPlace[]>
}

/** Lists of texts, the latest first. */
export interface ListStore {
  /** Adds texts, the last one the latest, and drops the oldest beyond `max`: how many there are then. */
  push(key: string, texts: readonly string[], max: number, keepMs: KeepMs): Promise<number>
  /** At most `most`, after the first `from`. */
  latest(key: string, from: number, most: number): Promise<readonly string[]>
  count(key: string): Promise<number>
}

/** A document as it was at a time. */
export interface StoredRecord {
  /** Greater than that of every earlier one under its key: at least the store's clock, in microseconds since 1970. */
  readonly version: number
  readonly text: string
}

/** The version of what a change left, 0 when it removed it; or what is there instead of what was expected. */
export type Revised = { readonly version: number } | { readonly present: StoredRecord | undefined }

/** Documents with versions. */
export interface RecordStore {
  read(keys: readonly string[]): Promise<readonly (StoredRecord | undefined)[]>
  /**
   * Replaces a document, or removes it when there is no text, if it still has the version `expected`: 0 for none,
   * undefined for whichever.
   */
  revise(
    key: string,
    expected: number | undefined,
    text: string | undefined,
    keepMs: KeepMs,
  ): Promise<Revised>
}
