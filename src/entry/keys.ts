/**
 * The keys of an entry and of its ticket in Redis. They must lie in one slot of a Cluster, because scripts touch
 * both; so the ticket's key has the entry's hash tag, or has the entry's whole key as its own.
 */
export interface EntryKeys {
  entry(key: string): string
  ticket(key: string): string
  /** What the keys of all tickets begin with. */
  readonly ticketPrefix: string
  /** The entry's own key, and whether `redisKey` is its ticket's. Undefined for a key of neither. */
  parse(redisKey: string): { readonly key: string; readonly isTicket: boolean } | undefined
}

// A pattern's literals cannot hold `~`, so no entry's key begins like this.
const TICKET = '~t:'

/** Keys under `namespace`, which ends with a colon. */
export function entryKeys(namespace: string): EntryKeys {
  const tagged = `${namespace}${TICKET}`
  const whole = `${namespace}${TICKET}{${namespace}`
  return {
    entry: (key) => namespace + key,
    ticket: (key) => (key.includes('{') ? tagged + key : `${whole}${key}}`),
    ticketPrefix: tagged,
    parse(redisKey) {
      if (redisKey.startsWith(whole)) return { key: redisKey.slice(whole.length, -1), isTicket: true }
      if (redisKey.startsWith(tagged)) return { key: redisKey.slice(tagged.length), isTicket: true }
      if (redisKey.startsWith(namespace)) return { key: redisKey.slice(namespace.length), isTicket: false }
      return undefined
    },
  }
}
