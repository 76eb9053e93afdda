import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { deflateSync } from 'node:zlib'
import { cached, type CodingSpec, json, open, type State, type Store, systemClock } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { eventually } from '../../servers/eventually.ts'
import { stores } from '../../servers/stores.ts'

const Row = z.object({ asset: z.string(), amount: z.bigint(), at: z.date(), note: z.string().optional() })
type Row = z.infer<typeof Row>

/** About 100 bytes each as JSON. */
const rows = (count: number): Row[] =>
  Array.from({ length: count }, (_, n) => ({ asset: `asset ${n}`, amount: BigInt(n) ** 5n, at: new Date(n) }))

const declare = (coding: CodingSpec, more: { maxValueBytes?: number; l1?: { max: number } } = {}) =>
  cached({ key: 'rows:{id}', about: 'Lists of rows.', value: z.array(Row), ttl: '1h', ...coding, ...more })

type Rows = State<{ rows: ReturnType<typeof declare> }>['rows']

const codings: Readonly<Record<string, CodingSpec>> = {
  json: { codec: json },
  msgpack: { codec: msgpack },
  'json, compressed': { compress: { above: '1kB' } },
  'msgpack, compressed': { codec: msgpack, compress: { above: '1kB' } },
}

const closing: { close(): Promise<void> }[] = []
afterAll(() => Promise.all(closing.map((each) => each.close())))

describe.each(Object.entries(stores))('%s', (_name, make) => {
  let store = make()
  let problems: unknown[]
  const listener = (message: unknown): void => void problems.push(message)

  beforeEach(() => {
    store = make()
    problems = []
    subscribe('holdfast:bad-entry', listener)
  })
  afterEach(() => unsubscribe('holdfast:bad-entry', listener))

  const node = async (coding: CodingSpec, more?: Parameters<typeof declare>[1]): Promise<Rows> => {
    const state = await open({ rows: declare(coding, more) }, { store })
    closing.push(state)
    return state.rows
  }
  /** Raw access to what the store holds. */
  const rawStore = async (): Promise<Store['entries']> => {
    const nothing = (): void => undefined
    const raw = store({
      clock: systemClock,
      trackedPrefixes: [],
      listener: { changed: nothing, ticketChanged: nothing, lost: nothing, resumed: nothing },
    })
    await raw.connect()
    closing.push(raw)
    return raw.entries
  }
  const flagOf = async (id: string): Promise<string | undefined> =>
    (await (await rawStore()).read(`rows:${id}`))?.split(' ')[5]

  describe.each(Object.entries(codings))('%s', (_coding, coding) => {
    test('what one process stores, another reads: small, middling, large, and none', async () => {
      const [writer, reader] = [await node(coding), await node(coding)]
      const ids = ['0', '1', '30', '3000']
      for (const id of ids) await writer.set({ id }, rows(Number(id)))
      await writer.set({ id: 'none' }, null)
      for (const id of ids) expect(await reader.get({ id })).toEqual(rows(Number(id)))
      const many = await reader.getMany([...ids, 'none', 'never'].map((id) => ({ id })))
      expect(many).toEqual([...ids.map((id) => rows(Number(id))), null, null])
      expect(reader.counts()).toMatchObject({ l2Hits: 9, badEntries: 0 })
      expect(await reader.inspect({ id: '3000' })).toMatchObject({ l2: { value: rows(3000) } })
      expect(problems).toEqual([])
    })

    test('reads what JSON wrote before the codec was declared', async () => {
      const [before, now] = [await node({}), await node(coding)]
      await before.set({ id: '1' }, rows(30))
      expect(await now.get({ id: '1' })).toEqual(rows(30))
      expect(problems).toEqual([])
    })

    test.each([
      ['MessagePack that is cut off', 'm', Buffer.from([0x92, 1])],
      ['JSON that is no UTF-8', 'j', Buffer.from([0x22, 0xff])],
      ['no compressed data', 'jd100', Buffer.from('nothing of the kind')],
      ['compressed, and larger than it says', 'jd10', deflateSync(Buffer.from('"0123456789"'))],
      ['compressed, and smaller than it says', 'jd14', deflateSync(Buffer.from('"0123456789"'))],
      ['compressed, and no JSON', 'jd3', deflateSync(Buffer.from('{]}'))],
      ['compressed twice as it were', 'jdd3', deflateSync(Buffer.from('[]'))],
      ['of a length that is none', 'jdx', deflateSync(Buffer.from('[]'))],
      [
        'larger than the keyspace allows',
        'jd1048577',
        deflateSync(Buffer.from(`${' '.repeat(1_048_575)}[]`)),
      ],
      ['large, and no compressed data', 'jd40000', Buffer.from('nothing of the kind')],
      ['empty', 'md5', Buffer.alloc(0)],
      ['of a codec from the future', 'x', Buffer.from([1])],
    ])('%s is a miss and a signal', async (_what, flag, payload) => {
      const reader = await node(coding)
      await reader.set({ id: '1' }, [])
      const entries = await rawStore()
      const marks = (await entries.read('rows:1'))?.split('\n')[0]?.split(' ')[7] ?? ''
      await entries.put(
        'rows:1',
        'bad',
        { ttlMs: 60_000, costMs: 0, flag, version: 1, marks, payload },
        60_000,
      )
      expect(await reader.get({ id: '1' })).toBeNull()
      expect(await reader.getMany([{ id: '1' }])).toEqual([null])
      expect(problems).toMatchObject([{ key: 'rows:1' }, { key: 'rows:1' }])
      expect(reader.counts()).toMatchObject({ badEntries: 2 })
    })
  })

  test('an entry says how it is to be read', async () => {
    const plain = rows(1)
    await (await node({})).set({ id: 'json' }, plain)
    await (await node({ codec: msgpack })).set({ id: 'msgpack' }, plain)
    await (await node({ compress: { above: '1kB' } })).set({ id: 'deflated' }, rows(100))
    await (await node({ ...codings['msgpack, compressed'] })).set({ id: 'both' }, rows(100))
    const flags = await Promise.all(['json', 'msgpack', 'deflated', 'both'].map(flagOf))
    expect(flags).toEqual([
      't',
      'm',
      expect.stringMatching(/^td\d{4,5}$/),
      expect.stringMatching(/^md\d{4}$/),
    ])
  })

  test('only what is above the threshold, and gets smaller, is compressed', async () => {
    const text = cached({
      key: 'rows:{id}',
      about: 'Text.',
      value: z.string(),
      ttl: '1h',
      compress: { above: '100B' },
    })
    const state = await open({ text }, { store })
    closing.push(state)
    await state.text.set({ id: 'at' }, 'x'.repeat(98))
    await state.text.set({ id: 'above' }, 'x'.repeat(99))
    await state.text.set({ id: 'wide' }, '€'.repeat(33))
    // Hardly a sign comes twice: eight bits each.
    const signs = Array.from({ length: 92 }, (_, n) => String.fromCharCode(35 + n)).filter(
      (sign) => sign !== '\\',
    )
    await state.text.set({ id: 'noise' }, [...signs, ...signs.slice(0, 9).toReversed()].join(''))
    expect(await Promise.all(['at', 'above', 'wide', 'noise'].map(flagOf))).toEqual([
      'j',
      'jd101',
      'jd101',
      'j',
    ])
  })

  test('a keyspace that goes back to JSON misses what was written otherwise, and says so', async () => {
    const back = await node({})
    for (const [id, coding] of Object.values(codings).slice(1).entries()) {
      problems = []
      const now = await node(coding)
      await now.set({ id: String(id) }, rows(100))
      expect(await back.get({ id: String(id) })).toBeNull()
      expect(problems).toMatchObject([
        { key: `rows:${id}`, problem: expect.stringContaining('flag') as string },
      ])
      await back.set({ id: String(id) }, rows(2))
      expect(await now.get({ id: String(id) })).toEqual(rows(2))
    }
  })

  test('compression that is no longer wanted is still read, under a threshold that nothing reaches', async () => {
    const [now, leaving] = [
      await node({ compress: { above: '1kB' } }),
      await node({ compress: { above: '500MB' } }),
    ]
    await now.set({ id: '1' }, rows(100))
    expect(await leaving.get({ id: '1' })).toEqual(rows(100))
    await leaving.set({ id: '2' }, rows(100))
    expect(await flagOf('2')).toBe('t')
  })

  test('L1 counts what a value takes unpacked', async () => {
    const coding = { compress: { above: '1kB' } } as const
    const [writer, reader] = [
      await node(coding, { l1: { max: 10 } }),
      await node(coding, { l1: { max: 10 } }),
    ]
    await writer.set({ id: '1' }, rows(100))
    // A value is kept once the change that wrote it has been told.
    await eventually(async () => (await reader.get({ id: '1' })) !== null && reader.counts().l1Entries === 1)
    expect(reader.counts().l1Bytes).toBe(writer.counts().l1Bytes)
    expect(reader.counts().l1Bytes).toBeGreaterThan(5_000)
  })

  test('what is invalidated while it is unpacked does not stay in L1', async () => {
    const coding = { compress: { above: '1kB' } } as const
    const [writer, reader] = [await node(coding), await node(coding, { l1: { max: 10 } })]
    // Large enough that another process has the time.
    const id = { id: '1' }
    await writer.set(id, rows(8_000))
    const reading = reader.get(id)
    await writer.delete(id)
    expect([null, 8_000]).toContain((await reading)?.length ?? null)
    expect(reader.peek(id)).toBeUndefined()
    expect(await reader.get(id)).toBeNull()
  })

  test('a value above the limit is refused before it is compressed', async () => {
    const small = await node({ compress: { above: '100B' } }, { maxValueBytes: 5_000 })
    await expect(small.set({ id: '1' }, rows(100))).rejects.toThrow(/more than the 5000 of maxValueBytes/)
  })
})
