import { type Choice, CollectionKeys, type WindowChoice } from '../../collection/lifetime.ts'
import { checkMany, checkMember, checkMembers, MOST_AT_ONCE } from '../../collection/members.ts'
import type { CollectionStore, Scored, ScoreRules } from '../../collection/port.ts'
import { CollectionFullError, DeclarationError, InvalidValueError } from '../../core/errors.ts'
import type { KeyspaceContext } from '../../keyspace/context.ts'
import { wholeNumber } from '../../keyspace/spec.ts'
import type { RankingKeyspace } from './declare.ts'
import { decimalScores, numberScores, type ScoreForm } from './scores.ts'

/** A member and its place in a ranking. */
export interface Ranked<Score> {
  /** 1 for the first. Equal scores have ranks of their own: by name, see `Ranking`. */
  readonly rank: number
  readonly member: string
  readonly score: Score
}

/** A member and a score for it. */
export interface MemberScore<Score> {
  readonly member: string
  readonly score: Score
}

/** Which part of a ranking. */
export interface TopOptions {
  /** How many, at most 1,000. Default 10. */
  readonly most?: number
  /** After the first so many. Default 0. */
  readonly from?: number
}

/**
 * A ranking in use. Members are texts of 1 to 512 characters. Members with equal scores stand in the order of the bytes
 * of their names, which goes in the direction of the scores: with the highest first, the greatest name first.
 *
 * Every method may reject with InvalidIdError, ClosedError and the store's errors; with InvalidValueError for a member
 * or score that is none; and with DeclarationError for an option that is none.
 */
export interface Ranking<Id, Score = number, Windowed extends boolean = false> {
  /**
   * Sets the score of a member. Whether it is in the ranking then: it is not when it would be beyond `max` and the last.
   *
   * @throws CollectionFullError where the declaration says `whenFull: 'refuse'`: nothing is changed
   */
  set(id: Id, member: string, score: Score): Promise<boolean>
  /** Sets the scores of up to 1,000 members, all or none: which of them are in then. Fails as `set` does. */
  setMany(id: Id, scores: readonly MemberScore<Score>[]): Promise<readonly boolean[]>
  /**
   * Adds to the score of a member, which begins at 0: what it is then. Undefined when it is not in, as with `set`: a
   * member that was dropped begins at 0 again. After StoreTimeoutError it may have been added, once.
   *
   * @throws InvalidValueError when the score would leave its range. Otherwise as `set`
   */
  add(id: Id, member: string, by: Score): Promise<Score | undefined>
  /** The first members, or those after the first `from`. */
  top(
    id: Id,
    options?: TopOptions & (Windowed extends true ? WindowChoice : {}),
  ): Promise<readonly Ranked<Score>[]>
  /** A member, with up to `reach` before and after it, at most 500; none if it is not in. */
  around(id: Id, member: string, reach: number, ...which: Choice<Windowed>): Promise<readonly Ranked<Score>[]>
  /** Rank and score of a member; undefined if it is not in. */
  rank(id: Id, member: string, ...which: Choice<Windowed>): Promise<Ranked<Score> | undefined>
  /** The scores of up to 1,000 members, in their order. */
  scores(
    id: Id,
    members: readonly string[],
    ...which: Choice<Windowed>
  ): Promise<readonly (Score | undefined)[]>
  /** Removes one member or many: how many there were. */
  remove(id: Id, members: string | readonly string[], ...which: Choice<Windowed>): Promise<number>
  count(id: Id, ...which: Choice<Windowed>): Promise<number>
  /** Removes the whole ranking. Whether there was one. */
  clear(id: Id, ...which: Choice<Windowed>): Promise<boolean>
}

const FARTHEST = 500
const LARGEST_OFFSET = 1_000_000

/** Opens a declared family of rankings on a store. */
export function openRanking<Id extends Readonly<Record<string, string>>>(
  context: KeyspaceContext,
  keyspace: RankingKeyspace<Id, unknown, boolean>,
  store: CollectionStore,
): Ranking<Id, unknown, true> {
  const { name } = context
  const { rankings } = store
  const { first, decimals, max } = keyspace
  const keys = new CollectionKeys<Id>(context, keyspace, store)
  const form = (
    decimals === undefined ? numberScores(name) : decimalScores(name, decimals)
  ) as ScoreForm<unknown>
  const rules: ScoreRules = {
    keepMs: keyspace.keepMs,
    max,
    drop: keyspace.isDropping ? (first === 'highest' ? 'lowest' : 'highest') : null,
    isExact: decimals !== undefined,
  }
  const change = async (
    id: Id,
    how: 'set' | 'add',
    given: readonly MemberScore<unknown>[],
  ): Promise<readonly (number | undefined)[]> => {
    const key = keys.key(id)
    checkMany(`${name}.scores`, given)
    const scores = given.map(({ member, score }) => {
      checkMember(name, member)
      return { member, score: form.toStore(score) }
    })
    if (new Set(scores.map(({ member }) => member)).size < scores.length)
      throw new InvalidValueError(name, 'a member has two scores at once')
    if (scores.length === 0) return []
    const outcome = await rankings.score(key, how, scores, rules)
    if (outcome === 'full') throw new CollectionFullError(key, max)
    if (outcome === 'range') throw new InvalidValueError(name, 'the score would leave the range of scores')
    return outcome
  }
  const ranked = (from: number, entries: readonly Scored[]): Ranked<unknown>[] =>
    entries.map(({ member, score }, index) => {
      return { rank: from + index + 1, member, score: form.fromStore(score) }
    })
  const isIn = (score: number | undefined): boolean => score !== undefined

  return {
    set: async (id, member, score) => (await change(id, 'set', [{ member, score }])).every(isIn),
    setMany: async (id, scores) => (await change(id, 'set', scores)).map(isIn),
    async add(id, member, by) {
      const [score] = await change(id, 'add', [{ member, score: by }])
      return score === undefined ? undefined : form.fromStore(score)
    },
    async top(id, { most = 10, from = 0, ago = 0 } = {}) {
      const key = keys.key(id, { ago })
      if (!Number.isInteger(from) || from < 0 || from > LARGEST_OFFSET)
        throw new DeclarationError(
          `${name}.top.from`,
          `${from} is no whole number from 0 to ${LARGEST_OFFSET}`,
        )
      const count = wholeNumber(`${name}.top.most`, most, MOST_AT_ONCE)
      return ranked(from, await rankings.slice(key, first, from, count))
    },
    async around(id, member, reach, which) {
      const key = keys.key(id, which)
      checkMember(name, member)
      const found = await rankings.around(
        key,
        first,
        member,
        wholeNumber(`${name}.around.reach`, reach, FARTHEST),
      )
      return found ? ranked(found.from, found.entries) : []
    },
    async rank(id, member, which) {
      const key = keys.key(id, which)
      checkMember(name, member)
      const found = await rankings.around(key, first, member, 0)
      return found && ranked(found.from, found.entries)[0]
    },
    async scores(id, members, which) {
      const key = keys.key(id, which)
      checkMany(`${name}.scores`, members)
      for (const member of members) checkMember(name, member)
      if (members.length === 0) return []
      const found = await rankings.scores(key, members)
      return found.map((score) => (score === undefined ? undefined : form.fromStore(score)))
    },
    async remove(id, members, which) {
      const key = keys.key(id, which)
      const each = checkMembers(name, typeof members === 'string' ? [members] : members)
      return each.length === 0 ? 0 : rankings.remove(key, each)
    },
    count: async (id, which) => rankings.count(keys.key(id, which)),
    clear: async (id, which) => store.clear(keys.key(id, which)),
  }
}
