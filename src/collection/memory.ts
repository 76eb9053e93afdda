import type { Clock } from '../core/clock.ts'
import type { Listing } from '../core/listing.ts'
import { geohash, metresBetween, pointOf } from './geohash.ts'
import { KeptValues } from './kept.ts'
import type {
  CollectionStore,
  CountStore,
  ListStore,
  PlaceStore,
  RankingStore,
  RecordStore,
  SetStore,
  StoredRecord,
  UniqueStore,
} from './port.ts'
import { ScoredSet } from './scored-set.ts'

/** Of one key as many are told apart; those that come later are not counted. */
const MOST_UNIQUE = 1_000_000

/** One kind of collection, and what is done with all of them. */
interface Part<Store> {
  readonly store: Store
  readonly listing: Listing
  delete(key: string): boolean
}

/** Collections in the memory of one process: the reference semantics. */
export function memoryCollections(clock: Clock): CollectionStore & { readonly listings: readonly Listing[] } {
  const counted = counts(clock)
  const noted = uniques(clock)
  const included = sets(clock)
  const ranked = rankings(clock)
  const placed = places(clock)
  const listed = lists(clock)
  const documented = records(clock)
  const parts = [counted, noted, included, ranked, placed, listed, documented]
  return {
    now: () => clock.wall(),
    clear: async (key) => parts.some((part) => part.delete(key)),
    counts: counted.store,
    uniques: noted.store,
    sets: included.store,
    rankings: ranked.store,
    places: placed.store,
    lists: listed.store,
    records: documented.store,
    listings: parts.map(({ listing }) => listing),
  }
}

function counts(clock: Clock): Part<CountStore> {
  const kept = new KeptValues<bigint>(clock, String)
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      async add(key, amount, keepMs) {
        const count = (kept.get(key) ?? 0n) + amount
        if (BigInt.asIntN(64, count) !== count) return undefined
        kept.set(key, count, keepMs)
        return count
      },
      read: async (keys) => keys.map((key) => kept.get(key) ?? 0n),
    },
  }
}

function uniques(clock: Clock): Part<UniqueStore> {
  const kept = new KeptValues<Set<string>>(clock, (members) => [...members].join('\n'))
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      async note(key, members, keepMs) {
        const known = kept.get(key) ?? new Set()
        const before = known.size
        for (const member of members) if (known.size < MOST_UNIQUE) known.add(member)
        kept.set(key, known, keepMs)
        return known.size > before
      },
      async count(keys) {
        const all = keys.map((key) => kept.get(key) ?? new Set<string>())
        if (all.length === 1) return all[0]?.size ?? 0
        return new Set(all.flatMap((members) => [...members])).size
      },
    },
  }
}

/** Members and the number of each, which counts up: the order in which they came, and the place in a list. */
interface NumberedSet {
  last: number
  readonly members: Map<string, number>
}

function sets(clock: Clock): Part<SetStore> {
  const kept = new KeptValues<NumberedSet>(clock, ({ members }) => [...members.keys()].join('\n'))
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      async include(key, members, max, keepMs) {
        const set = kept.get(key) ?? { last: 0, members: new Map<string, number>() }
        const added = members.filter((member) => !set.members.has(member))
        if (added.length > 0 && set.members.size + added.length > max) return undefined
        for (const member of added) set.members.set(member, ++set.last)
        kept.set(key, set, keepMs)
        return added.length
      },
      async exclude(key, members) {
        const set = kept.get(key)
        if (!set) return 0
        const removed = members.filter((member) => set.members.delete(member)).length
        if (set.members.size === 0) kept.delete(key)
        return removed
      },
      async has(key, members) {
        const set = kept.get(key)
        return members.map((member) => set?.members.has(member) ?? false)
      },
      count: async (key) => kept.get(key)?.members.size ?? 0,
      async page(key, from, most) {
        const found: string[] = []
        let last = Number(from ?? 0)
        for (const [member, number] of kept.get(key)?.members ?? []) {
          if (number <= last) continue
          if (found.length === most) return { members: found, next: String(last) }
          found.push(member)
          last = number
        }
        return { members: found, next: undefined }
      },
    },
  }
}

function rankings(clock: Clock): Part<RankingStore> {
  const kept = new KeptValues<ScoredSet>(clock, ({ scores }) => [...scores].join('\n'))
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      async score(key, how, scores, rules) {
        const ranking = kept.get(key) ?? new ScoredSet()
        const outcome = ranking.change(how, scores, rules)
        if (typeof outcome !== 'string') kept.set(key, ranking, rules.keepMs)
        return outcome
      },
      async remove(key, members) {
        const ranking = kept.get(key)
        const removed = ranking?.remove(members) ?? 0
        if (ranking?.scores.size === 0) kept.delete(key)
        return removed
      },
      scores: async (key, members) => members.map((member) => kept.get(key)?.scores.get(member)),
      count: async (key) => kept.get(key)?.scores.size ?? 0,
      slice: async (key, order, from, most) => (kept.get(key)?.inOrder(order) ?? []).slice(from, from + most),
      async around(key, order, member, reach) {
        const entries = kept.get(key)?.inOrder(order) ?? []
        const place = entries.findIndex((entry) => entry.member === member)
        if (place < 0) return undefined
        const from = Math.max(0, place - reach)
        return { from, entries: entries.slice(from, place + reach + 1) }
      },
    },
  }
}

/** Places as rankings by where they are: with the cells of Redis, so that distances are the same. */
function places(clock: Clock): Part<PlaceStore> {
  const { store: ranked, ...part } = rankings(clock)
  const { score, scores, remove, count, slice } = ranked
  return {
    ...part,
    store: {
      async put(key, placed, max, keepMs) {
        const cells = placed.map((place) => ({ member: place.member, score: geohash(place) }))
        return (await score(key, 'set', cells, { keepMs, max, drop: null, isExact: true })) !== 'full'
      },
      remove,
      async where(key, members) {
        return (await scores(key, members)).map((cell) => (cell === undefined ? undefined : pointOf(cell)))
      },
      count,
      async near(key, centre, metres, most) {
        const all = await slice(key, 'lowest', 0, Number.MAX_SAFE_INTEGER)
        return all
          .map(({ member, score: cell }) => ({ member, ...pointOf(cell) }))
          .map((place) => ({ ...place, metres: metresBetween(centre, place) }))
          .filter((place) => place.metres <= metres)
          .toSorted((a, b) => a.metres - b.metres)
          .slice(0, most)
      },
    },
  }
}

function lists(clock: Clock): Part<ListStore> {
  const kept = new KeptValues<readonly string[]>(clock, (texts) => texts.join('\n'))
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      async push(key, texts, max, keepMs) {
        const all = [...texts.toReversed(), ...(kept.get(key) ?? [])].slice(0, max)
        kept.set(key, all, keepMs)
        return all.length
      },
      latest: async (key, from, most) => (kept.get(key) ?? []).slice(from, from + most),
      count: async (key) => kept.get(key)?.length ?? 0,
    },
  }
}

function records(clock: Clock): Part<RecordStore> {
  const kept = new KeptValues<StoredRecord>(clock, ({ version, text }) => `${version}\n${text}`)
  return {
    listing: kept.listing,
    delete: (key) => kept.delete(key),
    store: {
      read: async (keys) => keys.map((key) => kept.get(key)),
      async revise(key, expected, text, keepMs) {
        const present = kept.get(key)
        const known = present?.version ?? 0
        if (expected !== undefined && expected !== known) return { present }
        if (text === undefined) {
          kept.delete(key)
          return { version: 0 }
        }
        const version = Math.max(known + 1, Math.floor(clock.wall() * 1_000))
        kept.set(key, { version, text }, keepMs)
        return { version }
      },
    },
  }
}
