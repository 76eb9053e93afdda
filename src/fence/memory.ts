import type { Clock } from '../core/clock.ts'
import type { Listing } from '../core/listing.ts'
import { textOf } from '../entry/join.ts'
import { formatValue } from './entry.ts'
import type { FencePlace, Fences, FenceServer, FenceStore } from './port.ts'

interface Slot {
  readonly raw: string | Buffer
  /** Infinity for a fence. */
  readonly expiresMs: number
}

/** Memory goes with its process, and so do all who could ask: there is one run, and one connection. */
const SERVER: FenceServer = {
  run: 'memory',
  lineage: 'memory',
  problem: undefined,
  connection: 1,
  connectedMs: 0,
}

/**
 * Strong entries in the memory of one process: the reference semantics. Beyond `maxEntries` the value that was
 * written first goes; a fence never does, nor a mark.
 */
export function memoryFences(clock: Clock, maxEntries: number): FenceStore & { readonly listing: Listing } {
  const slots = new Map<string, Slot>()
  const marks = new Set<string>()
  const find = (name: string): string | Buffer | null => {
    const slot = slots.get(name)
    if (!slot || slot.expiresMs > clock.now()) return slot?.raw ?? null
    slots.delete(name)
    return null
  }
  const set = (name: string, raw: string | Buffer, expiresMs: number): void => {
    slots.delete(name)
    slots.set(name, { raw, expiresMs })
    if (slots.size > maxEntries) {
      for (const [other, { expiresMs: othersEnd }] of slots) {
        if (othersEnd === Infinity) continue
        slots.delete(other)
        break
      }
    }
  }
  const remove = (name: string): void => void slots.delete(name)
  return {
    reach: 'process',
    namespace: 'memory',
    within: (place) => fencesWithin(place, { clock, marks, find, set, remove }),
    server: () => SERVER,
    vet: async () => SERVER,
    watch: () => () => undefined,

    listing: {
      keys: () => slots.keys(),
      look(name) {
        const raw = find(name)
        const leftMs = (slots.get(name)?.expiresMs ?? 0) - clock.now()
        return raw === null ? undefined : { raw, leftMs: leftMs === Infinity ? null : leftMs }
      },
    },
  }
}

/** What all places share. Names are `<nonce>:<key>`. */
interface Memory {
  readonly clock: Clock
  readonly marks: Set<string>
  find(name: string): string | Buffer | null
  set(name: string, raw: string | Buffer, expiresMs: number): void
  remove(name: string): void
}

function fencesWithin(place: FencePlace, { clock, marks, find, set, remove }: Memory): Fences {
  const name = (key: string): string => `${place.nonce}:${key}`
  const get = (key: string): string | null => {
    const raw = find(name(key))
    return raw === null || typeof raw === 'string' ? raw : textOf(raw)
  }
  const getBytes = (key: string): Buffer | null => {
    const raw = find(name(key))
    return typeof raw === 'string' ? Buffer.from(raw) : raw
  }
  return {
    place,
    read: async (key) => get(key),
    readMany: async (keys) => keys.map(get),
    readBytes: async (key) => getBytes(key),
    readManyBytes: async (keys) => keys.map(getBytes),

    lease: async (keys, lease, leaseMs) =>
      keys.map((key) => {
        if (get(key) !== null) return false
        set(name(key), `L ${lease}`, clock.now() + leaseMs)
        return true
      }),

    fill: async (key, lease, value, keepMs) => {
      if (get(key) !== `L ${lease}`) return false
      set(name(key), formatValue(value), clock.now() + keepMs)
      return true
    },

    fence: async (keys, token) => {
      for (const key of keys) {
        const raw = get(key)
        set(name(key), raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`, Infinity)
      }
    },

    settle: async (keys, token, values) =>
      keys.map((key) => {
        const raw = get(key)
        if (!raw?.startsWith('F ')) return 'gone'
        const put = values?.get(key)
        if (put && raw === `F 0 ${token}`) {
          set(name(key), formatValue(put.value), clock.now() + put.keepMs)
          return 'applied'
        }
        const tokens = raw.slice(4).split(' ')
        const others = tokens.filter((other) => other !== token)
        if (others.length === tokens.length) return 'gone'
        if (others.length === 0) remove(name(key))
        else set(name(key), `F 1 ${others.join(' ')}`, Infinity)
        return 'released'
      }),

    mark: async () => void marks.add(place.nonce),
    unmark: async () => void marks.delete(place.nonce),
    isMarked: async () => marks.has(place.nonce),
  }
}
