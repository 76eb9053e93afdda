import type { Interval } from '../api/shapes.ts'

/** The topic of one asset's candles. */
export function candlesTopic(chain: string, asset: string, interval: Interval): string {
  return `candles:${chain}:${asset}:${interval}`
}

/** Counts who wants which topic, so that two charts of one asset share one subscription. */
export interface TopicCounts {
  /** True when this was the first. */
  readonly add: (topic: string) => boolean
  /** True when this was the last. */
  readonly remove: (topic: string) => boolean
  readonly all: () => readonly string[]
}

/** Starts with no topic. */
export function createTopicCounts(): TopicCounts {
  const counts = new Map<string, number>()
  return {
    add(topic) {
      const count = (counts.get(topic) ?? 0) + 1
      counts.set(topic, count)
      return count === 1
    },
    remove(topic) {
      const count = (counts.get(topic) ?? 0) - 1
      if (count > 0) counts.set(topic, count)
      else counts.delete(topic)
      return count === 0
    },
    all: () => [...counts.keys()],
  }
}

/** What must be said so that the desk sends what is wanted. */
export function topicChanges(
  subscribed: ReadonlySet<string>,
  wanted: readonly string[],
): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  return {
    added: wanted.filter((topic) => !subscribed.has(topic)),
    removed: [...subscribed].filter((topic) => !wanted.includes(topic)),
  }
}
