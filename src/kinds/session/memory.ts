import type { Clock } from '../../core/clock.ts'
import type { Listing } from '../../core/listing.ts'
import {
  type Forwarded,
  type SessionBounds,
  type SessionStore,
  type StoredSession,
  useStepMs,
} from './port.ts'

interface Kept {
  data: string
  stamp: string
  readonly bornMs: number
  seenMs: number
  revision: number
}

interface User {
  readonly sessions: Map<string, Kept>
  /** Where sessions are that were forwarded, and until when that is known. */
  readonly forwarded: Map<string, { readonly to: string; readonly untilMs: number }>
  /** When the last of them ends at the latest. */
  endsMs: number
}

/** What is over is swept out once this many users are known, and again when those that were left have doubled. */
const FIRST_SWEEP_AT = 10_000

/** Sessions in the memory of one process: the reference semantics. */
export function memorySessions(clock: Clock): SessionStore & { readonly listing: Listing } {
  const users = new Map<string, User>()
  let sweepAt = FIRST_SWEEP_AT
  const sweep = (nowMs: number): void => {
    if (users.size < sweepAt) return
    for (const [key, { endsMs }] of users) if (endsMs <= nowMs) users.delete(key)
    sweepAt = Math.max(FIRST_SWEEP_AT, users.size * 2)
  }
  const endOf = ({ seenMs, bornMs }: Kept, { idleMs, absoluteMs }: SessionBounds): number =>
    Math.min(seenMs + idleMs, bornMs + absoluteMs)
  const living = (key: string, bounds: SessionBounds): Map<string, Kept> => {
    const sessions = users.get(key)?.sessions ?? new Map<string, Kept>()
    for (const [name, kept] of sessions) if (endOf(kept, bounds) <= clock.now()) sessions.delete(name)
    if (sessions.size === 0 && !users.get(key)?.forwarded.size) users.delete(key)
    return sessions
  }
  const userAt = (key: string): User => {
    const user = users.get(key) ?? { sessions: new Map(), forwarded: new Map(), endsMs: 0 }
    users.set(key, user)
    return user
  }
  const forwardedTo = (key: string, name: string): Forwarded | undefined => {
    const known = users.get(key)?.forwarded.get(name)
    return known && known.untilMs > clock.now() ? { to: known.to } : undefined
  }
  const put = (key: string, name: string, kept: Kept, bounds: SessionBounds): void => {
    const user = userAt(key)
    user.sessions.set(name, kept)
    user.endsMs = Math.max(user.endsMs, endOf(kept, bounds))
  }
  const use = (key: string, name: string, kept: Kept, bounds: SessionBounds): void => {
    if (clock.now() - kept.seenMs < useStepMs(bounds)) return
    kept.seenMs = clock.now()
    put(key, name, kept, bounds)
  }
  const view = (name: string, kept: Kept): StoredSession => ({ name, ...kept, nowMs: clock.now() })
  return {
    async add(key, { name, data, stamp }, bounds) {
      const nowMs = clock.now()
      sweep(nowMs)
      const forwarded = forwardedTo(key, name)
      if (forwarded) return forwarded
      const oldestFirst = [...living(key, bounds)].sort(([, a], [, b]) => a.seenMs - b.seenMs)
      for (const [other] of oldestFirst.slice(0, Math.max(0, oldestFirst.length + 1 - bounds.most)))
        users.get(key)?.sessions.delete(other)
      const kept = { data, stamp, bornMs: nowMs, seenMs: nowMs, revision: 0 }
      put(key, name, kept, bounds)
      return view(name, kept)
    },
    async find(key, name, bounds, isUse) {
      const forwarded = forwardedTo(key, name)
      if (forwarded) return forwarded
      const kept = living(key, bounds).get(name)
      if (kept && isUse) use(key, name, kept, bounds)
      return kept && view(name, kept)
    },
    async replace(key, name, data, revision, bounds) {
      const kept = living(key, bounds).get(name)
      if (!kept) return 'absent'
      if (revision !== undefined && kept.revision !== revision) return 'changed'
      kept.data = data
      kept.revision++
      use(key, name, kept, bounds)
      return 'replaced'
    },
    async rename(key, name, next, data, bounds, isAnew) {
      const sessions = living(key, bounds)
      const known = sessions.get(name)
      if (!known) return undefined
      sessions.delete(name)
      const kept = isAnew ? { ...known, bornMs: clock.now() } : known
      if (data !== undefined) kept.data = data
      put(key, next, kept, bounds)
      use(key, next, kept, bounds)
      return view(next, kept)
    },
    async remove(key, name, bounds) {
      const sessions = living(key, bounds)
      const kept = sessions.get(name)
      sessions.delete(name)
      living(key, bounds)
      return kept && view(name, kept)
    },
    async forward(key, name, to, from, bounds) {
      const forwarded = forwardedTo(key, name)
      const kept = living(key, bounds).get(name)
      const isKnown = kept !== undefined || forwarded !== undefined
      const mayPass = to === '' ? isKnown : !forwarded || (from !== undefined && forwarded.to === from)
      if (!mayPass) return forwarded
      const user = userAt(key)
      user.sessions.delete(name)
      user.forwarded.set(name, { to, untilMs: clock.now() + bounds.absoluteMs })
      user.endsMs = Math.max(user.endsMs, clock.now() + bounds.absoluteMs)
      return forwarded ?? (kept && view(name, kept))
    },
    async restamp(key, name, stamp, bounds) {
      const kept = living(key, bounds).get(name)
      if (kept) kept.stamp = stamp
      return kept !== undefined
    },
    async removeAll(key, spared, upTo, bounds) {
      const sessions = living(key, bounds)
      let ended = 0
      for (const [name, { stamp }] of sessions) {
        if (name === spared || (upTo !== undefined && BigInt(stamp) > BigInt(upTo))) continue
        sessions.delete(name)
        ended++
      }
      living(key, bounds)
      return ended
    },
    list: async (key, bounds) =>
      [...living(key, bounds)]
        .map(([name, kept]) => view(name, kept))
        .sort((a, b) => b.seenMs - a.seenMs || (a.name < b.name ? -1 : 1)),
    listing: {
      keys: () => users.keys(),
      look(key) {
        const user = users.get(key)
        const leftMs = (user?.endsMs ?? 0) - clock.now()
        return user && leftMs > 0 ? { raw: JSON.stringify([...user.sessions]), leftMs } : undefined
      },
    },
  }
}
