import type { Immutable } from '../../core/immutable.ts'

/** What is known of a session besides its id. Times are the host's calendar. */
export interface SessionView<Id, Value> {
  /** Names the session, and is no secret: for `revokeListed`. */
  readonly handle: string
  /** Whose it is; null: nobody's yet. */
  readonly user: Id | null
  readonly value: Immutable<Value>
  readonly createdAt: Date
  /** To within a second. */
  readonly lastUsedAt: Date
  /** When it ends if it is not used any more. */
  readonly expiresAt: Date
}

/** A session, as who has its id sees it. */
export interface Session<Id, Value> extends SessionView<Id, Value> {
  /** The secret: goes into a cookie, and nowhere else. */
  readonly id: string
}

/** How to get a session. */
export interface GetSessionOptions {
  /** Whether this is a use, which lets it live on. Default true. */
  readonly touch?: boolean
}

/** How an id is replaced. */
export interface RotateOptions<Id, Value> {
  /** Who it is from now on: the session begins anew, with its whole life before it. Default: who it was. */
  readonly user?: Id
  /** What it holds from now on. Default: what it held. */
  readonly value?: Value
}

/**
 * Sessions whose ids somebody else makes, as a web framework does. An id has 16 to 256 characters, and must be one that
 * nobody guesses. Every method rejects as those of `Sessions` do, and with InvalidIdError for an id that is none.
 */
export interface NamedSessions<Id, Value> {
  /** The session with this id. A use. */
  get(id: string): Promise<SessionView<Id, Value> | null>
  /**
   * Begins a session, or replaces what it holds and whose it is. One that has ended is not begun again under its id:
   * then false, and nothing is stored.
   *
   * @throws InvalidValueError, ValueTooLargeError
   */
  put(id: string, user: Id | null, value: Value): Promise<boolean>
  /** Ends the session. Whether it was there. */
  revoke(id: string): Promise<boolean>
}

/**
 * Sessions in use. An id that is none, was guessed or cut, or whose session has ended, is `null`, `false` or nothing
 * done; never an error. Every method may reject as any store call does, and with ClosedError.
 */
export interface Sessions<Id, Value> {
  /** Those whose ids come from elsewhere. They are listed and ended with all others of their users. */
  readonly named: NamedSessions<Id, Value>

  /**
   * Begins a session of `user`, or of nobody (`null`).
   *
   * @throws InvalidIdError, InvalidValueError, ValueTooLargeError
   */
  create(user: Id | null, value: Value): Promise<Session<Id, Value>>

  /** The session with this id. */
  get(id: string, options?: GetSessionOptions): Promise<Session<Id, Value> | null>

  /** Lets the session live on. Whether it is there. */
  touch(id: string): Promise<boolean>

  /**
   * Replaces what the session holds by what `change` makes of it. Nothing that others change meanwhile is lost: then
   * `change` is called again.
   *
   * @throws what `change` throws; InvalidValueError, ValueTooLargeError; ContendedError
   */
  update(
    id: string,
    change: (value: Immutable<Value>) => Value | Immutable<Value>,
  ): Promise<Session<Id, Value> | null>

  /**
   * Gives the session another id: when somebody signs in, or may do more from now on. The old id is dead at once, so
   * what was sent with it and comes later is of nobody.
   *
   * @throws InvalidIdError, InvalidValueError, ValueTooLargeError
   */
  rotate(id: string, options?: RotateOptions<Id, Value>): Promise<Session<Id, Value> | null>

  /** Ends the session: signs out. Whether it was there. */
  revoke(id: string): Promise<boolean>

  /**
   * Whether the session was revoked, as the truth knows: for those who must go on while the store does not answer, and
   * know by other means, as by a signed token, that it was begun then. To a minute: calendars of hosts differ, so one
   * that began within a minute after `revokeAll` counts as revoked. Of a session that ended by itself, or an id that
   * was rotated away, it says nothing.
   *
   * @throws DeclarationError unless its declaration has `revocations: 'truth'`
   */
  isRevoked(id: string, begunAt: Date): Promise<boolean>

  /** All sessions of a user, the one that was used last first. @throws InvalidIdError */
  list(user: Id): Promise<SessionView<Id, Value>[]>

  /** Ends one that `list` named, if it is this user's. Whether it was there. @throws InvalidIdError */
  revokeListed(user: Id, handle: string): Promise<boolean>

  /**
   * Ends all sessions of a user: signs out everywhere. `except`: the id or the handle of the one that stays. How many
   * ended; 0 when the store did not answer, and it was done without it.
   *
   * @throws InvalidIdError
   */
  revokeAll(user: Id, options?: { readonly except?: string }): Promise<number>
}
