import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Codec, json, systemRandom } from 'holdfast'
import { msgpack } from 'holdfast/msgpack'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Algorithm, isAvailable } from '../../src/codec/compression.ts'
import { Keyring } from '../../src/core/keyring.ts'
import { formatEntry, parseEntry } from '../../src/entry/entry.ts'
import { packValue, type PackingRules, unpackValue } from '../../src/entry/packing.ts'
import { formatValue, parseFenceEntry } from '../../src/fence/entry.ts'
import { samples } from './samples.ts'

// What processes of different releases, and of different versions of Node, store for each other. The frozen files are
// what earlier releases wrote. They are read for ever, and are what is written today: whoever wants to write anything
// else needs another flag, or another digit in front of the entry, and files of its own.

interface Frozen {
  readonly name: string
  readonly sample: keyof typeof samples
  readonly codec: Codec
  readonly algorithm?: Algorithm
}

const FROZEN: readonly Frozen[] = [
  { name: 'j', sample: 'plain', codec: json },
  { name: 'j-absent', sample: 'absent', codec: json },
  { name: 't', sample: 'rich', codec: json },
  { name: 't-bytes', sample: 'bytes', codec: json },
  { name: 'm', sample: 'rich', codec: msgpack },
  { name: 'm-bytes', sample: 'bytes', codec: msgpack },
  { name: 'm-absent', sample: 'absent', codec: msgpack },
  { name: 'jd', sample: 'large', codec: json, algorithm: 'deflate' },
  { name: 'td', sample: 'rich', codec: json, algorithm: 'deflate' },
  { name: 'md', sample: 'large', codec: msgpack, algorithm: 'deflate' },
  { name: 'jz', sample: 'large', codec: json, algorithm: 'zstd' },
  { name: 'tz', sample: 'rich', codec: json, algorithm: 'zstd' },
  { name: 'mz', sample: 'large', codec: msgpack, algorithm: 'zstd' },
]

const KINDS = {
  /** Of a cached keyspace. */
  entry: {
    parse: parseEntry,
    format: (value: ReturnType<typeof encoded>) =>
      formatEntry('token_-1', 1_570_752_011_620, {
        ...value,
        ttlMs: 30_000,
        costMs: 12,
        marks: 'mark1/mark2;tag%3A1;mark3',
      }),
  },
  /** Of a strong keyspace. */
  fence: {
    parse: (raw: string | Uint8Array) => {
      const entry = parseFenceEntry(raw)
      return entry.kind === 'value' ? entry.value : undefined
    },
    format: formatValue,
  },
} as const

const folder = fileURLToPath(new URL('frozen/', import.meta.url))
const fileOf = (kind: string, name: string): string => `${folder}${kind}-v1-${name}.bin`

const rules = (codec: Codec, algorithm?: Algorithm): PackingRules<unknown> => ({
  schema: z.unknown(),
  version: 3,
  maxValueBytes: 100_000,
  codec,
  compression: algorithm && { aboveBytes: 1, algorithm },
  encrypted: false,
})

function encoded({ sample, codec }: Frozen) {
  return { ...codec.encode(samples[sample]), version: 3 }
}

/** What is stored today. */
async function written(kind: keyof typeof KINDS, frozen: Frozen): Promise<Buffer> {
  const packed = await packValue(rules(frozen.codec, frozen.algorithm), encoded(frozen))
  return Buffer.from(KINDS[kind].format(packed))
}

describe.each(['entry', 'fence'] as const)('%s', (kind) => {
  const { parse } = KINDS[kind]

  test.each(FROZEN)('$name is read', async (frozen) => {
    const { name, sample, codec, algorithm = 'deflate' } = frozen
    const file = fileOf(kind, name)
    if (!existsSync(file)) {
      writeFileSync(file, await written(kind, frozen))
      throw new Error(`${file} was not there: it is written now. Look at it, and commit it.`)
    }
    const entry = parse(readFileSync(file))
    if (!entry) throw new Error('no entry')
    const unpacked = await unpackValue(rules(codec), entry)
    expect(unpacked).toEqual(
      isAvailable(algorithm)
        ? { value: samples[sample] }
        : { problem: expect.stringContaining('zstd needs Node 22.15') as string },
    )
  })

  test.each(FROZEN.filter(({ algorithm }) => !algorithm))('$name is what is written', async (frozen) => {
    expect((await written(kind, frozen)).toString('latin1')).toBe(
      readFileSync(fileOf(kind, frozen.name)).toString('latin1'),
    )
  })

  // Compressors of other versions, and for other processors, find other bytes for the same.
  test.each(FROZEN.filter(({ algorithm }) => algorithm && isAvailable(algorithm)))(
    '$name is what is written, but for the compressed bytes',
    async (frozen) => {
      const [now, then] = [await written(kind, frozen), readFileSync(fileOf(kind, frozen.name))]
      const lineOf = (raw: Buffer): string => raw.subarray(0, raw.indexOf('\n')).toString('latin1')
      expect(lineOf(now)).toBe(lineOf(then))
      const asTheyAre = { ...frozen.codec, decode: (_flag: string, payload: unknown) => payload }
      const payloadOf = async (raw: Buffer): Promise<unknown> => {
        const entry = parse(raw)
        return entry && unpackValue(rules(asTheyAre), entry)
      }
      expect(await payloadOf(now)).toEqual({ value: expect.any(Buffer) as Buffer })
      expect(await payloadOf(now)).toEqual(await payloadOf(then))
    },
  )
})

test.each(FROZEN.filter(({ name }) => /^[jt]/.test(name) && name.length === 1))(
  '$name is read as text, too',
  async ({ name, sample }) => {
    const entry = parseEntry(readFileSync(fileOf('entry', name)).toString())
    expect(entry).toEqual({
      bornMs: 1_570_752_011_620,
      ttlMs: 30_000,
      costMs: 12,
      flag: name,
      version: 3,
      marks: 'mark1/mark2;tag%3A1;mark3',
      payload: expect.any(String) as string,
    })
    expect(entry && (await unpackValue(rules(json), entry))).toEqual({ value: samples[sample] })
  },
)

/** Sealed with a nonce that is no secret, so that what is written can be compared. */
const SEALED = [
  { name: 'sj', sample: 'plain', codec: json },
  { name: 'smd', sample: 'large', codec: msgpack, algorithm: 'deflate' },
] as const
const sealing = {
  key: 'wire:1',
  keyring: new Keyring(
    { current: 'k2', all: { k1: Buffer.alloc(32, 1), k2: Buffer.alloc(32, 2).toString('base64') } },
    { ...systemRandom, secret: () => Buffer.alloc(32, 7).toString('base64url') },
  ),
}

describe('sealed', () => {
  test.each(SEALED)('$name is read', async (frozen) => {
    const file = fileOf('entry', frozen.name)
    const algorithm = 'algorithm' in frozen ? frozen.algorithm : undefined
    const packed = await packValue(rules(frozen.codec, algorithm), encoded(frozen), sealing)
    const now = Buffer.from(KINDS.entry.format(packed))
    if (!existsSync(file)) {
      writeFileSync(file, now)
      throw new Error(`${file} was not there: it is written now. Look at it, and commit it.`)
    }
    const entry = parseEntry(readFileSync(file))
    expect(entry?.flag).toMatch(/^sk2\./)
    expect(entry && (await unpackValue(rules(frozen.codec), entry, sealing))).toEqual({
      value: samples[frozen.sample],
    })
    if (!algorithm) expect(now.toString('latin1')).toBe(readFileSync(file).toString('latin1'))
  })
})

test('nothing lies frozen that is not read', () => {
  const read = ['entry', 'fence'].flatMap((kind) => FROZEN.map(({ name }) => `${kind}-v1-${name}.bin`))
  read.push(...SEALED.map(({ name }) => `entry-v1-${name}.bin`))
  expect(readdirSync(folder).sort()).toEqual(read.sort())
})
