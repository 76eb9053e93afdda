import { CollectionKeys, type KeptSpace, type WindowChoice } from '../../collection/lifetime.ts'
import type { CollectionStore } from '../../collection/port.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import type { LogKeyspace } from './declare.ts'
import type { LogLevel, StoredLine } from './line.ts'
import type { LogCount } from './log.ts'

/** So many pairs of module and level are counted; of more those with few lines go. */
const MOST_PAIRS = 1_000

/** How many lines came, by module and level, in each window. */
export interface LineCounts<Id> {
  add(id: Id, lines: readonly StoredLine[]): Promise<void>
  read(id: Id, which: WindowChoice | undefined): Promise<readonly LogCount[]>
}

/** Counts lines in rankings beside their log: names of literals hold no `~`. */
export function lineCounts<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  { pattern, counts, ...keyspace }: LogKeyspace<Id>,
  store: CollectionStore,
): LineCounts<Id> {
  const keepMs = counts.everyMs * counts.keep
  const beside: KeptSpace = {
    ...keyspace,
    pattern: { ...pattern, key: (id) => `~n:${pattern.key(id)}:${id['window']}` },
    windows: counts,
    keepMs,
  }
  const keys = new CollectionKeys<Id>(context, beside, store)
  const rules = { keepMs, max: MOST_PAIRS, drop: 'lowest', isExact: true } as const
  return {
    async add(id, lines) {
      const counted = new Map<string, number>()
      for (const { module, level } of lines) {
        const pair = `${level} ${module}`
        counted.set(pair, (counted.get(pair) ?? 0) + 1)
      }
      const scores = [...counted].map(([member, score]) => ({ member, score }))
      await store.rankings.score(keys.key(id), 'add', scores, rules)
    },
    async read(id, which) {
      const found = await store.rankings.slice(keys.key(id, which), 'highest', 0, MOST_PAIRS)
      return found.map(({ member, score: count }) => {
        const end = member.indexOf(' ')
        return { module: member.slice(end + 1), level: member.slice(0, end) as LogLevel, count }
      })
    },
  }
}
