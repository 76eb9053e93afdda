/**
 * Codecs beside each other, once, for docs/decisions/codecs.md: what a portfolio of 50 balances costs as JSON, as
 * MessagePack and as Protocol Buffers, with and without compression. Run by hand, on a quiet machine:
 *
 *   npx tsc -b src bench && node scripts/bundle.mjs && node .tsbuild/bench/codecs.js
 *
 * It starts a private Redis. zstd is measured where Node has it: with `npm exec --package=node@24 -- node …`.
 */
import * as zlib from 'node:zlib'
import { createClient } from '@redis/client'
import { type Codec, cached, type CodingSpec, json, open } from 'holdfast'
import { findRedis, startRedis } from 'holdfast/embedded'
import { msgpack } from 'holdfast/msgpack'
import { redisStore } from 'holdfast/redis'
import { Packr } from 'msgpackr'
import protobuf from 'protobufjs'
import { z } from 'zod'
import { concurrently, median } from './measure.ts'
import { portfolio } from './portfolio.ts'

interface Coder {
  encode(value: unknown): Uint8Array
  decode(bytes: Uint8Array): unknown
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Ours, from and to bytes: JSON comes from Redis as text in truth, which is cheaper. */
function ours(codec: Codec): Coder {
  const { flag } = codec.encode(portfolio(50))
  return {
    encode: (value) => Buffer.from(codec.encode(value).payload as string),
    decode: (bytes) => codec.decode(flag, bytes),
  }
}

function protocolBuffers(): Coder {
  const { root } = protobuf.parse(`
    syntax = "proto3";
    message Balance {
      string asset = 1; string amount = 2; string reserved = 3; string price = 4; string value = 5;
      uint64 updatedAt = 6;
    }
    message Portfolio { string userId = 1; string cash = 2; repeated Balance balances = 3; }`)
  const type = root.lookupType('Portfolio')
  return {
    encode: (value) => type.encode(value as Record<string, unknown>).finish(),
    // A cached value is plain data: it is frozen, compared and spread.
    decode: (bytes) => type.toObject(type.decode(bytes), { longs: Number }),
  }
}

const packr = new Packr({ useRecords: true, mapsAsObjects: true })
const coders: Readonly<Record<string, Coder>> = {
  'JSON, bare': {
    encode: (value) => Buffer.from(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()),
  },
  'codec json': ours(json),
  'msgpackr, bare': { encode: (value) => packr.pack(value), decode: (bytes) => packr.unpack(bytes) },
  'codec msgpack': ours(msgpack),
  'Protocol Buffers': protocolBuffers(),
}

const { zstdCompressSync, zstdDecompressSync } = zlib as unknown as {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Buffer
  readonly zstdDecompressSync?: (bytes: Uint8Array) => Buffer
}
const compressors: Readonly<Record<string, Coder>> = {
  deflate: {
    encode: (bytes) => zlib.deflateSync(bytes as Uint8Array, { level: 1 }),
    decode: (bytes) => zlib.inflateSync(bytes),
  },
  ...(zstdCompressSync &&
    zstdDecompressSync && {
      zstd: {
        encode: (bytes) =>
          zstdCompressSync(bytes as Uint8Array, { params: { 100: 1, 201: 1 } /* level, checksum */ }),
        decode: (bytes) => zstdDecompressSync(bytes),
      },
    }),
}

const ROUNDS = 25
const ROUND_MS = 20
const READS = 500

/** Microseconds of processor time of each: the median of short rounds that are interleaved. */
function microseconds(works: Readonly<Record<string, () => unknown>>): Record<string, number> {
  const round = (work: () => unknown): number => {
    const began = process.cpuUsage()
    const endMs = performance.now() + ROUND_MS
    let count = 0
    while (performance.now() < endMs) {
      for (let each = 0; each < 4; each++) work()
      count += 4
    }
    const { user, system } = process.cpuUsage(began)
    return (user + system) / count
  }
  const rounds = new Map(Object.keys(works).map((name) => [name, [] as number[]]))
  for (let count = 0; count < ROUNDS; count++)
    for (const [name, work] of Object.entries(works)) rounds.get(name)?.push(round(work))
  return Object.fromEntries([...rounds].map(([name, figures]) => [name, median(figures)]))
}

async function compareCodecs(redisUrl: string): Promise<void> {
  const value = portfolio(50)
  const variants = Object.entries(coders).flatMap(([name, coder]) => [
    [name, coder] as const,
    ...Object.entries(compressors).map(
      ([compression, { encode, decode }]) =>
        [
          `${name} + ${compression}`,
          {
            encode: (given: unknown) => encode(coder.encode(given)),
            decode: (bytes: Uint8Array) => coder.decode(decode(bytes) as Uint8Array),
          },
        ] as const,
    ),
  ])
  const encoded = new Map(variants.map(([name, { encode }]) => [name, encode(value)]))
  const encodeUs = microseconds(
    Object.fromEntries(variants.map(([name, { encode }]) => [name, () => encode(value)])),
  )
  const decodeUs = microseconds(
    Object.fromEntries(
      variants.map(([name, { decode }]) => [name, () => decode(encoded.get(name) as Uint8Array)]),
    ),
  )
  const client = await createClient({ url: redisUrl }).connect()
  const head = Buffer.from('V1 3f2a9c017d5e4b68 1570752011620 30000 12 jd10000 1 k3j9x8w7q1\n')
  say(
    '\n| one portfolio of 50 balances | encode µs | decode µs | bytes | Redis bytes |\n|---|---|---|---|---|',
  )
  for (const [name] of variants) {
    const bytes = encoded.get(name) as Uint8Array
    const key = 'holdfast:portfolio:01234567-89ab-cdef'
    await client.set(key, Buffer.concat([head, bytes]))
    const memory = await client.sendCommand<number>(['MEMORY', 'USAGE', key])
    say(
      `| ${name} | ${encodeUs[name]?.toFixed(1)} | ${decodeUs[name]?.toFixed(1)} | ${bytes.length} | ${memory} |`,
    )
  }
  client.destroy()
}

/** How long the event loop stands still for values of some sizes. */
function measureBlocking(): void {
  say('\n| JSON of | parse ms | msgpack decode ms | deflate ms | inflate ms |\n|---|---|---|---|---|')
  for (const balances of [190, 1_200, 6_000]) {
    const value = portfolio(balances)
    const text = JSON.stringify(value)
    const bytes = Buffer.from(text)
    const { flag, payload } = msgpack.encode(value)
    const deflated = zlib.deflateSync(bytes, { level: 1 })
    const us = microseconds({
      parse: () => JSON.parse(text),
      unpack: () => msgpack.decode(flag, payload),
      deflate: () => zlib.deflateSync(bytes, { level: 1 }),
      inflate: () => zlib.inflateSync(deflated),
    })
    const ms = ['parse', 'unpack', 'deflate', 'inflate'].map((name) => ((us[name] ?? 0) / 1e3).toFixed(2))
    say(`| ${(bytes.length / 1e3).toFixed(0)} kB | ${ms.join(' | ')} |`)
  }
}

/** The whole way of a read that Redis answers. */
async function measureReads(url: string): Promise<void> {
  const codings: Readonly<Record<string, CodingSpec>> = {
    json: {},
    msgpack: { codec: msgpack },
    'json, deflated': { compress: { above: '1kB' } },
    'msgpack, deflated': { codec: msgpack, compress: { above: '1kB' } },
  }
  const closing: (() => Promise<void>)[] = []
  const reads = new Map<string, { readonly read: (count: number) => unknown; readonly figures: number[] }>()
  for (const [name, coding] of Object.entries(codings)) {
    const declared = cached({ key: 'p:{id}', about: 'Portfolios.', value: z.any(), ttl: '1h', ...coding })
    const state = await open(
      { p: declared },
      { store: redisStore({ url, namespace: name.replace(', ', '-') }) },
    )
    closing.push(() => state.close())
    for (let id = 0; id < 100; id++) await state.p.set({ id: String(id) }, portfolio(50))
    let next = 0
    const read = concurrently(100, () => state.p.get({ id: String(next++ % 100) }))
    reads.set(name, { read, figures: [] })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { read, figures } of reads.values()) {
      const began = process.cpuUsage()
      await read(READS)
      const { user, system } = process.cpuUsage(began)
      figures.push((user + system) / READS)
    }
  }
  say('\n| `get` of 8.3 kB, 100 at a time | processor µs of this process |\n|---|---|')
  for (const [name, { figures }] of reads) say(`| ${name} | ${median(figures).toFixed(0)} |`)
  for (const close of closing) await close()
}

const binary = await findRedis({ onProgress: say })
const redis = await startRedis({ binary, afterKill: 'stop' })
try {
  say(`Node ${process.version}, Redis ${binary.version}`)
  await compareCodecs(redis.url)
  measureBlocking()
  await measureReads(redis.url)
} finally {
  await redis.stop()
}
