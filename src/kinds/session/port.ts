/** What a store must know of the declaration. */
export interface SessionBounds {
  /** A session ends when it was not used for so long. */
  readonly idleMs: number
  /** A session ends this long after it began, however much it is used. */
  readonly absoluteMs: number
  /** So many under one key: the one that was not used for the longest gives way. */
  readonly most: number
}

/** A session as a store keeps it. */
export interface StoredSession {
  /** The digest of its id. */
  readonly name: string
  /** What it holds, encoded. */
  readonly data: string
  /** Whole microseconds since 1970 on the clock of the truth when it began, as digits; `0` without one. */
  readonly stamp: string
  /** On the store's clock, as are the following. */
  readonly bornMs: number
  readonly seenMs: number
  readonly nowMs: number
  /** How often `data` was replaced. */
  readonly revision: number
}

/** In the place of a session: where it is now; empty: it has ended, and stays so. */
export interface Forwarded {
  readonly to: string
}

/** What became of `replace`. `changed`: its revision is another one. */
export type Replaced = 'replaced' | 'changed' | 'absent'

/**
 * Where sessions live. Those of one user are under one key, each with a name; every method is atomic. One that has
 * ended, by its `bounds` on the store's clock, is absent. A use is noted once in `useStepMs`. Every method may reject
 * as any store call does.
 */
export interface SessionStore {
  /** A new session, unless one of that name was forwarded. Those beyond `bounds.most` end. */
  add(
    key: string,
    session: Pick<StoredSession, 'name' | 'data' | 'stamp'>,
    bounds: SessionBounds,
  ): Promise<StoredSession | Forwarded>
  /** A session, if it is there. `use`: it is used by this. */
  find(
    key: string,
    name: string,
    bounds: SessionBounds,
    use: boolean,
  ): Promise<StoredSession | Forwarded | undefined>
  /** Replaces what a session holds, if it still has this revision, and uses it. */
  replace(
    key: string,
    name: string,
    data: string,
    revision: number | undefined,
    bounds: SessionBounds,
  ): Promise<Replaced>
  /**
   * Gives a session another name, and `data` if that is given, and uses it. Nobody finds it by the old name. With
   * `isAnew` it is born by that, and keeps its stamp.
   */
  rename(
    key: string,
    name: string,
    next: string,
    data: string | undefined,
    bounds: SessionBounds,
    isAnew: boolean,
  ): Promise<StoredSession | undefined>
  /** Ends a session: what it was. */
  remove(key: string, name: string, bounds: SessionBounds): Promise<StoredSession | undefined>
  /**
   * Takes a session away and says for as long as one may live that it is at `to`: nobody adds one of that name here
   * meanwhile. Empty: it has ended; that is not said of one that is not here. One that was forwarded before is so again
   * if that was to `from`, or if it ends. What stood here.
   */
  forward(
    key: string,
    name: string,
    to: string,
    from: string | undefined,
    bounds: SessionBounds,
  ): Promise<StoredSession | Forwarded | undefined>
  /** Gives a session another stamp. Whether it is there. */
  restamp(key: string, name: string, stamp: string, bounds: SessionBounds): Promise<boolean>
  /** Ends all under this key but the one named `kept`, and those whose stamp is greater than `upTo`. How many ended. */
  removeAll(
    key: string,
    kept: string | undefined,
    upTo: string | undefined,
    bounds: SessionBounds,
  ): Promise<number>
  /** All under this key, the one that was used last first. */
  list(key: string, bounds: SessionBounds): Promise<StoredSession[]>
}

/** How precisely a store knows when a session was used last: a second, or less for those that end early. */
export function useStepMs({ idleMs }: SessionBounds): number {
  return Math.min(1_000, Math.floor(idleMs / 20))
}
