/** What a write leaves in the outbox, to be handed on after its commit. */
export interface OutboxMessage {
  /** The kind of its destination. */
  readonly kind: string
  /** The destination: the pattern of its keyspace. */
  readonly name: string
  /** The key inside of the destination. Messages of one key are handed on in the order of their commits. */
  readonly key: string
  /** Stays the same when the message is handed on again. */
  readonly event: string
  /** What the destination makes of it is its own affair. */
  readonly payload: string
}

/** A message that its destination will never take, and why. */
export interface Refusal {
  readonly event: string
  readonly reason: string
}

/** Where messages of one keyspace go. */
export interface Outlet {
  readonly kind: string
  readonly name: string
  /**
   * Takes messages, in their order. They may have come before, also in part: `event` tells. Those that it refuses for
   * good. Rejects when it cannot take any at present: all of them come again.
   */
  deliver(messages: readonly OutboxMessage[]): Promise<readonly Refusal[]>
  /**
   * Makes the message of an event or a job.
   *
   * @throws InvalidIdError, InvalidValueError, ValueTooLargeError; DeclarationError for options that are none
   */
  message(
    id: Readonly<Record<string, string>>,
    value: unknown,
    options?: Readonly<Record<string, unknown>>,
  ): OutboxMessage
}
