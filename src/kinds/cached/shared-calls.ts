/** One piece of work that callers share. */
export class SharedCall<Result> {
  result: Promise<Result> | undefined = undefined
  /** Callers who joined the first one. */
  joined = 0
}

/**
 * Calls in flight, by key: who asks for the same thing meanwhile gets the very same promise, until an invalidation
 * cuts it off for later callers.
 */
export class SharedCalls<Result> {
  readonly #calls = new Map<string, SharedCall<Result>>()

  /** Joins the call under `key`, if there is one. */
  join(key: string): Promise<Result> | undefined {
    const call = this.#calls.get(key)
    if (call?.result === undefined) return undefined
    call.joined++
    return call.result
  }

  /** Opens a call under `key`; its `result` is set by the caller, in the same turn. */
  open(key: string): SharedCall<Result> {
    const call = new SharedCall<Result>()
    this.#calls.set(key, call)
    return call
  }

  /**
   * Ends `call`. The map forgets it, and it forgets its result: a map that has grown leaves tables behind which the
   * garbage collector takes for alive until its next full run, with every value that can be reached from them.
   */
  end(key: string, call: SharedCall<Result>): void {
    if (this.#calls.get(key) === call) this.#calls.delete(key)
    call.result = undefined
  }

  /** Later callers will not join the call under `key`. */
  forget(key: string): void {
    this.#calls.delete(key)
  }

  /** Later callers will not join any call that is in flight now. */
  forgetAll(): void {
    this.#calls.clear()
  }
}
