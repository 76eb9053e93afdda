/** The key whose change wakes relays. No pattern makes it. */
export const HINT_KEY = '~o:hint'

/** What the outbox needs of a store. Memory and Redis implement it. Both calls may reject as any call to it does. */
export interface OutboxStore {
  /** Tells all processes, as a change of `HINT_KEY`, that there is something to relay. */
  ring(): Promise<void>
  /**
   * Moves the mark of a lane from `from` to `to`; both may be the same. The mark that stood, empty for none: when it is
   * another one nothing is moved, and the store has lost what was written to it since that one stood.
   */
  advance(lane: string, from: string, to: string): Promise<string>
}
