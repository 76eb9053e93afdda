import { HINT_KEY, type OutboxStore } from './port.ts'

/** Hints and marks in one process. `changed` tells all who share the store. */
export function memoryOutbox(changed: (key: string) => void): OutboxStore {
  const marks = new Map<string, string>()
  return {
    ring: async () => changed(HINT_KEY),
    async advance(lane, from, to) {
      const mark = marks.get(lane) ?? ''
      if (mark === from && to !== '') marks.set(lane, to)
      return mark
    },
  }
}
