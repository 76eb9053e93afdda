import * as zlib from 'node:zlib'
import { offLoop } from './off-loop.ts'

/** `deflate` in the zlib format, level 1: every Node reads it. `zstd`: Node 22.15 and later. */
export type Algorithm = 'deflate' | 'zstd'

type Run = (input: Uint8Array, options: object) => Buffer
type RunLater = (
  input: Uint8Array,
  options: object,
  done: (error: Error | null, output: Buffer) => void,
) => void

interface Zlib {
  readonly compress: Run
  readonly compressLater: RunLater
  readonly decompress: Run
  readonly decompressLater: RunLater
  readonly options: object
}

/** More bytes than this, before compression, are worked on by a thread of libuv. */
const MOST_INLINE_BYTES = 32_000

const DEFLATE: Zlib = {
  compress: zlib.deflateSync,
  compressLater: zlib.deflate,
  decompress: zlib.inflateSync,
  decompressLater: zlib.inflate,
  options: { level: 1 },
}

/** The names of Node 22.15, which the types of the oldest Node that we support do not have. */
interface ZstdNames {
  readonly zstdCompressSync?: Run
  readonly zstdCompress?: RunLater
  readonly zstdDecompressSync?: Run
  readonly zstdDecompress?: RunLater
  readonly constants: { readonly ZSTD_c_compressionLevel?: number; readonly ZSTD_c_checksumFlag?: number }
}

function findZstd(): Zlib | undefined {
  const { zstdCompressSync, zstdCompress, zstdDecompressSync, zstdDecompress, constants } =
    zlib as unknown as ZstdNames
  if (!zstdCompressSync || !zstdCompress || !zstdDecompressSync || !zstdDecompress) return undefined
  const { ZSTD_c_compressionLevel: level, ZSTD_c_checksumFlag: checksum } = constants
  const params = level === undefined || checksum === undefined ? {} : { [level]: 1, [checksum]: 1 }
  return {
    compress: zstdCompressSync,
    compressLater: zstdCompress,
    decompress: zstdDecompressSync,
    decompressLater: zstdDecompress,
    options: { params },
  }
}

const ZLIB: Readonly<Record<Algorithm, Zlib | undefined>> = { deflate: DEFLATE, zstd: findZstd() }

/** Whether this Node has it. */
export function isAvailable(algorithm: Algorithm): boolean {
  return ZLIB[algorithm] !== undefined
}

/** `bytes`, smaller; a promise when they are many. */
export function compress(algorithm: Algorithm, bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const { compress: run, compressLater, options } = known(algorithm)
  if (bytes.length <= MOST_INLINE_BYTES) return run(bytes, options)
  return offLoop(
    (done) => compressLater(bytes, options, done),
    () => run(bytes, options),
  )
}

/**
 * The bytes that `compress` was given, whose number is `length`; a promise when they are many. Never makes more of
 * them, whatever `bytes` say.
 *
 * @throws an Error, or rejects with it, when `bytes` are damaged, or yield another number
 */
export function decompress(
  algorithm: Algorithm,
  bytes: Uint8Array,
  length: number,
): Uint8Array | Promise<Uint8Array> {
  const { decompress: run, decompressLater } = known(algorithm)
  const options = { maxOutputLength: length }
  const whole = (output: Uint8Array): Uint8Array => {
    if (output.length === length) return output
    throw new RangeError(`${output.length} bytes where the entry says ${length}`)
  }
  if (length <= MOST_INLINE_BYTES) return whole(run(bytes, options))
  return offLoop(
    (done) => decompressLater(bytes, options, done),
    () => run(bytes, options),
  ).then(whole)
}

function known(algorithm: Algorithm): Zlib {
  const found = ZLIB[algorithm]
  if (found) return found
  throw new TypeError(`${algorithm} needs Node 22.15 or later; this is ${process.version}`)
}
