import assert from 'node:assert/strict'
import type { RankingOrder, Scored, ScoreRules } from '../port.ts'
import { type CollectionCase, HOUR_MS } from './harness.ts'

const rules: ScoreRules = { keepMs: HOUR_MS, max: 100, drop: null, isExact: false }

function scored(scores: Readonly<Record<string, number>>): Scored[] {
  return Object.entries(scores).map(([member, score]) => ({ member, score }))
}

const names = (entries: readonly Scored[]): string[] => entries.map(({ member }) => member)

/** Rankings. */
export const rankingCases: readonly CollectionCase[] = [
  {
    name: 'rankings: scores are doubles, set and added to, and read as they are',
    async run({ collections: { rankings }, freshKey }) {
      const key = freshKey()
      const extreme = { a: 0.1, b: -1e300, c: 5e-324, d: 2 ** 53 - 1, e: 123_456_789.123_456_79 }
      await rankings.score(key, 'set', scored(extreme), rules)
      assert.deepEqual(await rankings.scores(key, Object.keys(extreme)), Object.values(extreme))
      assert.deepEqual(await rankings.score(key, 'add', scored({ a: 0.2, new: -5 }), rules), [0.1 + 0.2, -5])
      assert.deepEqual(await rankings.scores(key, ['a', 'nobody']), [0.1 + 0.2, undefined])
      assert.deepEqual(await rankings.score(key, 'set', scored({ a: 7 }), rules), [7])
      assert.equal(await rankings.remove(key, ['a', 'nobody']), 1)
      assert.equal(await rankings.count(key), 5)
    },
  },
  {
    name: 'rankings: the order is that of scores and then of the bytes of names, from either end',
    async run({ collections: { rankings }, freshKey }) {
      const key = freshKey()
      // In UTF-16 the last two are the other way round.
      await rankings.score(key, 'set', scored({ b: 1, B: 1, ä: 1, z: 0, '￿': 1, '😀': 1, a: 2 }), rules)
      const upwards = ['z', 'B', 'b', 'ä', '￿', '😀', 'a']
      const slice = async (order: RankingOrder, from: number, most: number): Promise<string[]> =>
        names(await rankings.slice(key, order, from, most))
      assert.deepEqual(await slice('lowest', 0, 100), upwards)
      assert.deepEqual(await slice('highest', 0, 100), upwards.toReversed())
      assert.deepEqual(await slice('highest', 2, 2), ['￿', 'ä'])
      assert.deepEqual(await slice('lowest', 7, 2), [])
      assert.deepEqual(await rankings.slice(freshKey(), 'lowest', 0, 2), [])
      assert.deepEqual(await rankings.slice(key, 'highest', 0, 1), [{ member: 'a', score: 2 }])
    },
  },
  {
    name: 'rankings: a member is found with its neighbours, also at the ends',
    async run({ collections: { rankings }, freshKey }) {
      const key = freshKey()
      await rankings.score(key, 'set', scored({ a: 1, b: 2, c: 3.5, d: 4, e: 5 }), rules)
      assert.deepEqual(await rankings.around(key, 'highest', 'c', 1), {
        from: 1,
        entries: scored({ d: 4, c: 3.5, b: 2 }),
      })
      assert.deepEqual(await rankings.around(key, 'lowest', 'a', 1), {
        from: 0,
        entries: scored({ a: 1, b: 2 }),
      })
      assert.deepEqual(await rankings.around(key, 'lowest', 'e', 2), {
        from: 2,
        entries: scored({ c: 3.5, d: 4, e: 5 }),
      })
      assert.deepEqual(await rankings.around(key, 'highest', 'b', 0), { from: 3, entries: scored({ b: 2 }) })
      assert.equal(await rankings.around(key, 'highest', 'x', 1), undefined)
      assert.equal(await rankings.around(freshKey(), 'highest', 'a', 1), undefined)
    },
  },
  {
    name: 'rankings: beyond the bound the last ones go, and each is told whether it stayed',
    async run({ collections: { rankings }, freshKey }) {
      const [high, low] = [freshKey(), freshKey()]
      const top: ScoreRules = { ...rules, max: 3, drop: 'lowest' }
      await rankings.score(high, 'set', scored({ a: 1, b: 2, c: 3 }), top)
      assert.deepEqual(await rankings.score(high, 'set', scored({ d: 2, e: 0 }), top), [2, undefined])
      assert.deepEqual(names(await rankings.slice(high, 'highest', 0, 9)), ['c', 'd', 'b'])
      assert.deepEqual(await rankings.score(high, 'add', scored({ e: 2.5 }), top), [2.5])
      assert.deepEqual(names(await rankings.slice(high, 'highest', 0, 9)), ['c', 'e', 'd'])
      const bottom: ScoreRules = { ...rules, max: 2, drop: 'highest' }
      await rankings.score(low, 'set', scored({ a: 1, b: 2, c: 0 }), bottom)
      assert.deepEqual(names(await rankings.slice(low, 'lowest', 0, 9)), ['c', 'a'])
    },
  },
  {
    name: 'rankings: beyond a bound that refuses nothing is changed, and who is in may move',
    async run({ collections: { rankings }, freshKey }) {
      const key = freshKey()
      const few: ScoreRules = { ...rules, max: 2 }
      await rankings.score(key, 'set', scored({ a: 1 }), few)
      assert.equal(await rankings.score(key, 'set', scored({ a: 5, b: 2, c: 3 }), few), 'full')
      assert.deepEqual(await rankings.scores(key, ['a', 'b']), [1, undefined])
      assert.deepEqual(await rankings.score(key, 'set', scored({ a: 5, b: 2 }), few), [5, 2])
      assert.deepEqual(await rankings.score(key, 'add', scored({ b: 1 }), few), [3])
      const added = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          rankings.score(key, 'set', scored({ [`m${index}`]: index }), { ...few, max: 12 }),
        ),
      )
      assert.equal(added.filter((outcome) => outcome !== 'full').length, 10)
    },
  },
  {
    name: 'rankings: what is added at once is all there; exact scores stay below 2^53, and no score is infinite',
    async run({ collections: { rankings }, freshKey }) {
      const key = freshKey()
      const exact: ScoreRules = { ...rules, isExact: true }
      const most = 2 ** 53 - 1
      await Promise.all(Array.from({ length: 50 }, () => rankings.score(key, 'add', scored({ a: 3 }), exact)))
      assert.deepEqual(await rankings.score(key, 'add', scored({ a: most - 150 }), exact), [most])
      assert.equal(await rankings.score(key, 'add', scored({ b: 1, a: 1 }), exact), 'range')
      assert.deepEqual(await rankings.scores(key, ['a', 'b']), [most, undefined])
      assert.deepEqual(await rankings.score(key, 'add', scored({ b: -most }), exact), [-most])
      assert.equal(await rankings.score(key, 'add', scored({ b: -1 }), exact), 'range')
      await rankings.score(key, 'set', scored({ c: 1.7e308 }), rules)
      assert.equal(await rankings.score(key, 'add', scored({ c: 1.7e308 }), rules), 'range')
    },
  },
  {
    name: 'rankings: they end so long after the last change, never, or with the last member',
    async run({ collections: { rankings }, freshKey, eventually }) {
      const [short, kept] = [freshKey(), freshKey()]
      await rankings.score(kept, 'set', scored({ a: 1 }), { ...rules, keepMs: 30 })
      await rankings.score(kept, 'set', scored({ a: 1 }), { ...rules, keepMs: null })
      await rankings.score(short, 'set', scored({ a: 1 }), rules)
      await rankings.score(short, 'add', scored({ a: 1 }), { ...rules, keepMs: 30 })
      await eventually(async () => (await rankings.count(short)) === 0)
      assert.equal(await rankings.count(kept), 1)
      assert.equal(await rankings.remove(kept, ['a']), 1)
      assert.equal(await rankings.count(kept), 0)
    },
  },
]
