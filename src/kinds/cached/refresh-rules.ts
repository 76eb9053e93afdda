/** What a keyspace says of values that are kept fresh for those who use them. */
export interface RefreshAheadRules {
  /** A key counts as used for this long after it was read. */
  readonly activeMs: number
  /** Most keys that are kept fresh by one process. */
  readonly maxKeys: number
}
