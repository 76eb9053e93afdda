import { loadScript, type RedisCommands } from '../../redis/commands.ts'
import { type Acquired, HANDOVER_MS, type LockStore, MOST_WAITING, WAITER_ALIVE_MS } from './port.ts'

const ACQUIRE = loadScript(new URL('./acquire.lua', import.meta.url))
const EXTEND = loadScript(new URL('./extend.lua', import.meta.url))
const RELEASE = loadScript(new URL('./release.lua', import.meta.url))

/** Longer than any step back of a server's clock: until then a token grows by counting, after it with the clock. */
const COUNT_KEPT_MS = 7 * 86_400_000

// A pattern's literals cannot hold `~`, so no other key begins like these.
const COUNT = '~f:'
const WAITING = '~q:'
const WAKE = '~l:'

/** What connections tell of locks that were handed over: changes of the keys that begin with `prefix`. */
export class LockWakes {
  readonly prefix: string
  readonly #namespace: string
  readonly #listeners = new Set<(key: string) => void>()

  /** @param namespace ends with a colon */
  constructor(namespace: string) {
    this.#namespace = namespace
    this.prefix = namespace + WAKE
  }

  /** A key below `prefix` has changed. */
  changed(redisKey: string): void {
    const name = redisKey.slice(this.prefix.length)
    const whole = `{${this.#namespace}`
    const key = name.startsWith(whole) ? name.slice(whole.length, -1) : name
    for (const listener of this.#listeners) listener(key)
  }

  watch(listener: (key: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

/** Locks as Redis strings that hold their owner. `namespace` goes in front of every key. */
export function redisLocks(redis: RedisCommands, namespace: string, wakes: LockWakes): LockStore {
  // One slot of a Cluster for all: they have the lock's hash tag, or its whole key as their own.
  const beside = (part: string, key: string): string =>
    key.includes('{') ? `${namespace}${part}${key}` : `${namespace}${part}{${namespace}${key}}`
  return {
    acquire(key, owner, leaseMs, waits) {
      const patienceMs = waits ? WAITER_ALIVE_MS : 0
      return redis.run<[number, number], Acquired>(
        ACQUIRE,
        [namespace + key, beside(COUNT, key), beside(WAITING, key)],
        [owner, String(leaseMs), String(COUNT_KEPT_MS), String(patienceMs), String(MOST_WAITING)],
        acquired,
      )
    },

    async extend(key, owner, leaseMs) {
      return (await redis.run<number>(EXTEND, [namespace + key], [owner, String(leaseMs)])) === 1
    },

    release(key, owner) {
      const keys = [namespace + key, beside(WAITING, key), beside(WAKE, key)]
      return redis.run<number, boolean>(RELEASE, keys, [owner, String(HANDOVER_MS)], isOne)
    },

    watch: (listener) => wakes.watch(listener),
  }
}

function acquired([isGranted, value]: [number, number]): Acquired {
  return isGranted === 1 ? new Granted(value) : { heldForMs: Math.max(0, value) }
}

function isOne(count: number): boolean {
  return count === 1
}

/** A class, and not a literal: V8 would come to take what so many calls make for long-lived. */
class Granted {
  readonly count: number

  constructor(count: number) {
    this.count = count
  }
}
