import type { Clock } from '../core/clock.ts'
import { formatValue } from './entry.ts'
import type { FenceStore } from './port.ts'

interface Slot {
  readonly text: string
  /** Infinity for a fence. */
  readonly expiresMs: number
}

/** Memory goes with its process, and so do all who could ask. */
const RUN = 'memory'

/**
 * Strong entries in the memory of one process: the reference semantics. Beyond `maxEntries` the value that was
 * written first goes; a fence never does.
 */
export function memoryFences(clock: Clock, maxEntries: number): FenceStore {
  const slots = new Map<string, Slot>()
  const get = (key: string): string | null => {
    const slot = slots.get(key)
    if (!slot || slot.expiresMs > clock.now()) return slot?.text ?? null
    slots.delete(key)
    return null
  }
  const set = (key: string, text: string, expiresMs: number): void => {
    slots.delete(key)
    slots.set(key, { text, expiresMs })
    if (slots.size > maxEntries) {
      for (const [other, { text: stored }] of slots) {
        if (stored.startsWith('F ')) continue
        slots.delete(other)
        break
      }
    }
  }
  return {
    read: async (key) => get(key),
    readMany: async (keys) => keys.map(get),

    lease: async (keys, lease, leaseMs) =>
      keys.map((key) => {
        if (get(key) !== null) return false
        set(key, `L ${lease}`, clock.now() + leaseMs)
        return true
      }),

    fill: async (key, lease, value, keepMs) => {
      if (get(key) !== `L ${lease}`) return false
      set(key, formatValue(value), clock.now() + keepMs)
      return true
    },

    fence: async (keys, token) => {
      for (const key of keys) {
        const raw = get(key)
        set(key, raw?.startsWith('F ') ? `F 1 ${raw.slice(4)} ${token}` : `F 0 ${token}`, Infinity)
      }
      return RUN
    },

    settle: async (key, token, value, keepMs = 1) => {
      const raw = get(key)
      if (!raw?.startsWith('F ')) return 'gone'
      if (value && raw === `F 0 ${token}`) {
        set(key, formatValue(value), clock.now() + keepMs)
        return 'applied'
      }
      const tokens = raw.slice(4).split(' ')
      const others = tokens.filter((other) => other !== token)
      if (others.length === tokens.length) return 'gone'
      if (others.length === 0) slots.delete(key)
      else set(key, `F 1 ${others.join(' ')}`, Infinity)
      return 'released'
    },

    run: () => RUN,
  }
}
