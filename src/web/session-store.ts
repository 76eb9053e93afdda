import type { NamedSessions, Sessions } from '../index.ts'

/** What express-session and @fastify/session call: callbacks, with an error first. */
export interface SessionStoreMethods {
  get<Held>(id: string, callback: (error: unknown, session?: Held | null) => void): void
  set(id: string, session: object, callback?: (error?: unknown) => void): void
  destroy(id: string, callback?: (error?: unknown) => void): void
}

/** How sessions of a framework become ours. */
export interface SessionStoreOptions<Id, Value> {
  /** Whose a session is, by what it holds; null while it is nobody's. */
  readonly user: (session: Value) => Id | null
}

/**
 * The one store of both frameworks. There is no `touch`: reading a session is its use, so a request costs one command.
 * What a request that was under way saves of a session that has ended meanwhile is dropped.
 */
export function storeMethods<Id, Value extends object>(
  { named }: { readonly named: NamedSessions<Id, Value> },
  { user }: SessionStoreOptions<Id, Value>,
): SessionStoreMethods {
  return {
    get<Held>(id: string, callback: (error: unknown, session?: Held | null) => void) {
      const held = async (): Promise<Held | null> => ((await named.get(id))?.value ?? null) as Held | null
      answer(held(), callback)
    },
    set(id, session, callback) {
      const put = async (): Promise<void> => {
        // As JSON: cookies are instances of classes of the framework.
        const value = JSON.parse(JSON.stringify(session)) as Value
        await named.put(id, user(value), value)
      }
      answer(put(), callback)
    },
    destroy(id, callback) {
      answer(
        named.revoke(id).then(() => undefined),
        callback,
      )
    },
  }
}

/** What of `Sessions` a store needs. */
export type StoredBy<Id, Value> = Pick<Sessions<Id, Value>, 'named'>

/** What a callback throws is no failure of the store: it goes where errors of callbacks go. */
function answer<Result>(
  work: Promise<Result>,
  callback: ((error: unknown, result?: Result) => void) | undefined,
): void {
  work.then(
    (result) => callback && process.nextTick(callback, null, result),
    (error: unknown) => callback && process.nextTick(callback, error),
  )
}
