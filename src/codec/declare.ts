import { DeclarationError } from '../core/errors.ts'
import { parseSize, type Size } from '../core/size.ts'
import type { Codec } from './codec.ts'
import { type Algorithm, isAvailable } from './compression.ts'
import { json } from './json.ts'

/** How a declaration says what its values become in the store. */
export interface CodingSpec {
  /** `json` (the default), or `msgpack` from `holdfast/msgpack`: smaller, and no text. */
  readonly codec?: Codec
  /** Compresses large values in the store. */
  readonly compress?: {
    /** Values whose encoded form is larger than this: `'8kB'`. */
    readonly above: Size
    /** `deflate` (the default), or `zstd`, which every process needs Node 22.15 for. */
    readonly algorithm?: Algorithm
  }
  /**
   * Seals values in the store with the keys that `open` is given: AES-256-GCM, bound to their keys. Memory (L1) and names
   * are not sealed.
   */
  readonly encrypted?: boolean
}

/** `CodingSpec`, checked. */
export interface Coding {
  readonly codec: Codec
  readonly compression: Compression | undefined
  readonly encrypted: boolean
}

/** When and how values are compressed. */
export interface Compression {
  readonly aboveBytes: number
  readonly algorithm: Algorithm
}

const COMPRESS_FIELDS = ['above', 'algorithm']
const LARGEST_THRESHOLD = 512 * 2 ** 20

/**
 * What `spec` says, and the same in plain values. `field` makes the name of an option.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function declareCoding(
  field: (name: string) => string,
  { codec = json, compress, encrypted = false }: CodingSpec,
): Coding & {
  readonly details: {
    readonly codec: string
    readonly compressAboveBytes: number | null
    readonly encrypted: boolean
  }
} {
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function')
    throw new DeclarationError(field('codec'), "is no codec; give json, or msgpack from 'holdfast/msgpack'")
  const compression = compress === undefined ? undefined : declareCompression(field, compress)
  if (typeof encrypted !== 'boolean')
    throw new DeclarationError(field('encrypted'), 'is neither true nor false')
  return {
    codec,
    compression,
    encrypted,
    details: { codec: codec.name, compressAboveBytes: compression?.aboveBytes ?? null, encrypted },
  }
}

function declareCompression(
  field: (name: string) => string,
  compress: NonNullable<CodingSpec['compress']>,
): Compression {
  if (typeof compress !== 'object' || compress === null)
    throw new DeclarationError(field('compress'), "takes an object such as { above: '8kB' }")
  const unknown = Object.keys(compress).find((name) => !COMPRESS_FIELDS.includes(name))
  if (unknown !== undefined)
    throw new DeclarationError(field(`compress.${unknown}`), 'is no option; there are above and algorithm')
  const { above, algorithm = 'deflate' } = compress
  const aboveBytes = parseSize(above, field('compress.above'), LARGEST_THRESHOLD)
  if (algorithm !== 'deflate' && algorithm !== 'zstd')
    throw new DeclarationError(field('compress.algorithm'), `'${String(algorithm)}' is none of deflate, zstd`)
  if (!isAvailable(algorithm))
    throw new DeclarationError(
      field('compress.algorithm'),
      `${algorithm} needs Node 22.15 or later in every process; this is ${process.version}`,
    )
  return { aboveBytes, algorithm }
}

/** Whether what the store holds may be no text, and is read as bytes. */
export function isBinary({ codec, compression, encrypted }: Coding): boolean {
  return codec.isBinary || compression !== undefined || encrypted
}
