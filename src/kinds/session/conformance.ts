import assert from 'node:assert/strict'
import type { ConformanceCase } from '../../core/conformance.ts'
import type { SessionBounds, SessionStore, StoredSession } from './port.ts'

/** What the suite needs: the sessions of one store, and keys that nobody used before. */
export interface SessionHarness {
  readonly sessions: SessionStore
  freshKey(): string
  /** Resolves once `condition` holds; rejects after a few seconds. */
  eventually(condition: () => boolean | Promise<boolean>): Promise<void>
}

const HOUR_MS = 3_600_000
const LONG: SessionBounds = { idleMs: HOUR_MS, absoluteMs: 2 * HOUR_MS, most: 5 }

function named(name: string, data = name): Pick<StoredSession, 'name' | 'data' | 'stamp'> {
  return { name, data, stamp: '0' }
}

async function found(
  sessions: SessionStore,
  ...of: Parameters<SessionStore['find']>
): Promise<StoredSession | undefined> {
  const session = await sessions.find(...of)
  assert.ok(!session || 'name' in session, 'it was forwarded')
  return session
}

async function namesAt(sessions: SessionStore, key: string, bounds = LONG): Promise<string[]> {
  return (await sessions.list(key, bounds)).map(({ name }) => name).toSorted()
}

/** Sessions, as every store must keep them. */
export const sessionConformance: readonly ConformanceCase<SessionHarness>[] = [
  {
    name: 'what was added is found, by its key and name alone',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      const added = await sessions.add(key, { name: 'a', data: 'line\n"žluťoučký 🐎"', stamp: '17' }, LONG)
      const session = await found(sessions, key, 'a', LONG, false)
      assert.ok(session && 'nowMs' in added && session.nowMs >= added.nowMs)
      assert.deepEqual(session, {
        name: 'a',
        data: 'line\n"žluťoučký 🐎"',
        stamp: '17',
        bornMs: session.bornMs,
        seenMs: session.bornMs,
        nowMs: session.nowMs,
        revision: 0,
      })
      assert.deepEqual(added, { ...session, nowMs: added.nowMs })
      assert.equal(await found(sessions, key, 'b', LONG, true), undefined)
      assert.equal(await found(sessions, freshKey(), 'a', LONG, true), undefined)
    },
  },
  {
    name: 'one that is not used ends, and one that is used lives on until its age ends it',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 250, absoluteMs: 900, most: 5 }
      await sessions.add(key, named('idle'), bounds)
      await sessions.add(key, named('used'), bounds)
      let ageMs = 0
      await eventually(async () => {
        const session = await found(sessions, key, 'used', bounds, true)
        if (session) ageMs = session.nowMs - session.bornMs
        return !session
      })
      assert.ok(ageMs > bounds.idleMs && ageMs <= bounds.absoluteMs, `it lived for ${ageMs} ms`)
      assert.equal(await found(sessions, key, 'idle', bounds, true), undefined)
      assert.deepEqual(await sessions.list(key, bounds), [])
    },
  },
  {
    name: 'a look is no use',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 300, absoluteMs: HOUR_MS, most: 5 }
      await sessions.add(key, named('a'), bounds)
      await eventually(async () => !(await found(sessions, key, 'a', bounds, false)))
    },
  },
  {
    name: 'one that is over is over for every operation',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 200, absoluteMs: 200, most: 5 }
      for (const name of ['a', 'b', 'c', 'd']) await sessions.add(key, named(name), bounds)
      // Something that keeps the key.
      await sessions.add(key, named('long'), LONG)
      // The last of them: then all are.
      await eventually(async () => !(await found(sessions, key, 'd', bounds, false)))
      assert.equal(await sessions.replace(key, 'b', 'x', undefined, bounds), 'absent')
      assert.equal(await sessions.rename(key, 'c', 'c2', undefined, bounds, false), undefined)
      assert.equal(await sessions.remove(key, 'd', bounds), undefined)
      assert.equal(await sessions.removeAll(key, undefined, undefined, bounds), 0)
    },
  },
  {
    name: 'what it holds is replaced, if nobody else has meanwhile',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      await sessions.add(key, named('a'), LONG)
      assert.equal(await sessions.replace(key, 'a', 'one', 0, LONG), 'replaced')
      assert.equal(await sessions.replace(key, 'a', 'two', 0, LONG), 'changed')
      assert.equal((await found(sessions, key, 'a', LONG, false))?.data, 'one')
      assert.equal(await sessions.replace(key, 'a', 'three', undefined, LONG), 'replaced')
      const session = await found(sessions, key, 'a', LONG, false)
      assert.deepEqual([session?.data, session?.revision], ['three', 2])
      assert.equal(await sessions.replace(key, 'b', 'x', undefined, LONG), 'absent')
      assert.deepEqual(await namesAt(sessions, key), ['a'])
    },
  },
  {
    name: 'of many who replace one revision, one does',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      await sessions.add(key, named('a'), LONG)
      const replaced = await Promise.all(
        Array.from({ length: 20 }, (_, n) => sessions.replace(key, 'a', String(n), 0, LONG)),
      )
      assert.equal(replaced.filter((each) => each === 'replaced').length, 1)
    },
  },
  {
    name: 'one that has another name is not found by the old one, and is as old as before',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      await sessions.add(key, { ...named('a', 'held'), stamp: '9' }, LONG)
      const before = await found(sessions, key, 'a', LONG, false)
      const renamed = await sessions.rename(key, 'a', 'b', undefined, LONG, false)
      assert.deepEqual(
        [renamed?.name, renamed?.data, renamed?.stamp, renamed?.bornMs],
        ['b', 'held', '9', before?.bornMs],
      )
      assert.equal(await found(sessions, key, 'a', LONG, false), undefined)
      assert.equal((await sessions.rename(key, 'b', 'c', 'other', LONG, false))?.data, 'other')
      assert.equal((await found(sessions, key, 'c', LONG, false))?.data, 'other')
      assert.equal(await sessions.rename(key, 'a', 'd', undefined, LONG, false), undefined)
      assert.deepEqual(await namesAt(sessions, key), ['c'])
    },
  },
  {
    name: 'one that has another name may be born anew, with its stamp',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const added = await sessions.add(key, { ...named('a', 'held'), stamp: '9' }, LONG)
      const bornMs = 'bornMs' in added ? added.bornMs : 0
      await eventually(async () => {
        const session = await found(sessions, key, 'a', LONG, false)
        return session !== undefined && session.nowMs >= bornMs + 50
      })
      const renamed = await sessions.rename(key, 'a', 'b', undefined, LONG, true)
      assert.deepEqual([renamed?.data, renamed?.stamp], ['held', '9'])
      assert.ok((renamed?.bornMs ?? 0) >= bornMs + 50)
      assert.equal((await found(sessions, key, 'b', LONG, false))?.bornMs, renamed?.bornMs)
    },
  },
  {
    name: 'one is ended, once, and the others stay',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      for (const name of ['a', 'b']) await sessions.add(key, named(name), LONG)
      const ended = await Promise.all(Array.from({ length: 5 }, () => sessions.remove(key, 'a', LONG)))
      assert.deepEqual(
        ended.map((each) => each?.data).filter((data) => data !== undefined),
        ['a'],
      )
      assert.deepEqual(await namesAt(sessions, key), ['b'])
    },
  },
  {
    name: 'all are ended, or all but one, or but those that are younger',
    async run({ sessions, freshKey }) {
      const [key, other] = [freshKey(), freshKey()]
      const addAll = async (): Promise<void> => {
        for (const [name, stamp] of [
          ['a', '1'],
          ['b', '2'],
          ['c', '9007199254740991'],
        ] as const)
          await sessions.add(key, { ...named(name), stamp }, LONG)
      }
      await sessions.add(other, named('a'), LONG)
      await addAll()
      assert.equal(await sessions.removeAll(key, 'b', undefined, LONG), 2)
      assert.equal((await found(sessions, key, 'b', LONG, false))?.data, 'b')
      assert.deepEqual(await namesAt(sessions, key), ['b'])
      assert.equal(await sessions.removeAll(key, 'z', undefined, LONG), 1)
      assert.deepEqual(await namesAt(sessions, key), [])
      assert.equal(await sessions.removeAll(key, undefined, undefined, LONG), 0)
      await addAll()
      assert.equal(await sessions.removeAll(key, undefined, '9007199254740990', LONG), 2)
      assert.deepEqual(await namesAt(sessions, key), ['c'])
      await addAll()
      assert.equal(await sessions.removeAll(key, 'a', '2', LONG), 1)
      assert.deepEqual(await namesAt(sessions, key), ['a', 'c'])
      assert.deepEqual(await namesAt(sessions, other), ['a'])
    },
  },
  {
    name: 'one has another stamp, and is as it was else',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      await sessions.add(key, named('a'), LONG)
      const before = await found(sessions, key, 'a', LONG, false)
      assert.equal(await sessions.restamp(key, 'a', '42', LONG), true)
      const after = await found(sessions, key, 'a', LONG, false)
      assert.deepEqual(after, { ...before, stamp: '42', nowMs: after?.nowMs })
      assert.equal(await sessions.restamp(key, 'b', '42', LONG), false)
      assert.deepEqual(await namesAt(sessions, key), ['a'])
    },
  },
  {
    name: 'of too many, those that were not used for the longest give way',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 4_000, absoluteMs: HOUR_MS, most: 3 }
      for (const name of ['a', 'b', 'c']) await sessions.add(key, named(name), bounds)
      // Noted once a second: what follows was used later than both others.
      await eventually(async () => {
        const session = await found(sessions, key, 'a', bounds, true)
        return session !== undefined && session.seenMs > session.bornMs
      })
      await sessions.add(key, named('d'), bounds)
      await sessions.add(key, named('e'), bounds)
      assert.deepEqual(await namesAt(sessions, key, bounds), ['a', 'd', 'e'])
    },
  },
  {
    name: 'they are listed whole, the one that was used last first',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 4_000, absoluteMs: HOUR_MS, most: 3 }
      for (const name of ['a', 'b']) await sessions.add(key, named(name, `holds ${name}`), bounds)
      await eventually(async () => {
        const session = await found(sessions, key, 'a', bounds, true)
        return session !== undefined && session.seenMs > session.bornMs
      })
      const listed = await sessions.list(key, bounds)
      assert.deepEqual(
        listed.map(({ name, data }) => [name, data]),
        [
          ['a', 'holds a'],
          ['b', 'holds b'],
        ],
      )
      assert.deepEqual(listed[0], {
        ...(await found(sessions, key, 'a', bounds, false)),
        nowMs: listed[0]?.nowMs,
      })
    },
  },
  {
    name: 'one that was forwarded is said to be elsewhere, and none of its name is added',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      await sessions.add(key, named('a'), LONG)
      const moved = await sessions.forward(key, 'a', 'there', undefined, LONG)
      assert.ok(moved && 'name' in moved)
      assert.equal(moved.data, 'a')
      assert.deepEqual(await sessions.find(key, 'a', LONG, true), { to: 'there' })
      assert.deepEqual(await sessions.add(key, named('a'), LONG), { to: 'there' })
      assert.equal(await sessions.replace(key, 'a', 'x', undefined, LONG), 'absent')
      for (const from of [undefined, 'elsewhere'])
        assert.deepEqual(await sessions.forward(key, 'a', 'further', from, LONG), { to: 'there' })
      assert.deepEqual(await sessions.forward(key, 'a', 'further', 'there', LONG), { to: 'there' })
      assert.deepEqual(await sessions.forward(key, 'a', '', undefined, LONG), { to: 'further' })
      assert.deepEqual(await sessions.forward(key, 'a', 'there', 'further', LONG), { to: '' })
      assert.deepEqual(await sessions.find(key, 'a', LONG, true), { to: '' })
      assert.deepEqual(await sessions.add(key, named('a'), LONG), { to: '' })
      assert.deepEqual(await sessions.list(key, LONG), [])
      assert.ok('name' in (await sessions.add(key, named('b'), LONG)))
    },
  },
  {
    name: 'one that is not there is forwarded, but does not end',
    async run({ sessions, freshKey }) {
      const key = freshKey()
      assert.equal(await sessions.forward(key, 'a', '', undefined, LONG), undefined)
      assert.equal(await sessions.find(key, 'a', LONG, true), undefined)
      assert.equal(await sessions.forward(key, 'a', 'there', undefined, LONG), undefined)
      assert.deepEqual(await sessions.find(key, 'a', LONG, true), { to: 'there' })
    },
  },
  {
    name: 'it is forgotten where it is when no session is as old',
    async run({ sessions, freshKey, eventually }) {
      const key = freshKey()
      const bounds = { idleMs: 200, absoluteMs: 200, most: 5 }
      await sessions.forward(key, 'a', 'there', undefined, bounds)
      // Something that keeps the key.
      await sessions.add(key, named('long'), LONG)
      await eventually(async () => !(await sessions.find(key, 'a', bounds, false)))
      assert.ok('name' in (await sessions.add(key, named('a'), bounds)))
    },
  },
]
