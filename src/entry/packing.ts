import { compress, decompress } from '../codec/compression.ts'
import type { Coding, Compression } from '../codec/declare.ts'
import type { Keyring } from '../core/keyring.ts'
import {
  byteLength,
  type EncodedValue,
  problemOf,
  type Unsealed,
  unsealValue,
  type ValueRules,
} from './values.ts'

/**
 * Packing: large values are compressed on their way into the store, and encrypted if their keyspace says so. Both
 * directions work at once where that is quick, and off the event loop where it is not; only then is there a promise.
 *
 * The flag of a compressed value is that of its codec, the letter of the compression, and the number of bytes that it
 * unpacks to: `jd83012`. So nothing unpacks to more than it says, and that is looked at first.
 *
 * The flag of an encrypted value is `s`, the id of the key, a full stop, and the flag of what was encrypted: `sk1.j`.
 * Encrypted together with it, so that it opens under them alone, are its key in the store, that flag and the version.
 */

/** Of an encrypted keyspace: what seals, and the key of the entry. */
export interface Sealing {
  readonly keyring: Keyring
  readonly key: string
}

/** How the entry under `key` is sealed; undefined for a keyspace that is not encrypted. */
export function sealingOf(
  { keyring }: { readonly keyring?: Keyring | undefined },
  { encrypted }: Pick<Coding, 'encrypted'>,
  key: string,
): Sealing | undefined {
  return encrypted && keyring ? { keyring, key } : undefined
}

/** What a declaration says of its values and of their packing. */
export type PackingRules<Value> = ValueRules<Value> & Coding

const LETTERS = { deflate: 'd', zstd: 'z' } as const
const PACKED = /^([a-z])([dz])([1-9]\d{0,9})$/
const SEALED = /^s([\w-]{1,32})\.([a-z][a-z\d]{0,11})$/

/** `encoded` as it goes into the store: compressed, when it is large enough and gets smaller by that; and sealed. */
export function packValue<Stored extends EncodedValue>(
  rules: Pick<Coding, 'compression'>,
  encoded: Stored,
  sealing?: Sealing,
): Stored | Promise<Stored> {
  const packed = compressed(rules, encoded)
  if (!sealing) return packed
  return packed instanceof Promise
    ? packed.then((later) => encrypted(sealing, later))
    : encrypted(sealing, packed)
}

function encrypted<Stored extends EncodedValue>({ keyring, key }: Sealing, plain: Stored): Stored {
  const { flag, payload, version } = plain
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const { keyId, sealed } = keyring.seal(bytes, boundTo(key, flag, version))
  return { ...plain, flag: `s${keyId}.${flag}`, payload: sealed }
}

function boundTo(key: string, flag: string, version: number): string {
  return `${key}\n${flag}\n${version}`
}

function compressed<Stored extends EncodedValue>(
  { compression }: Pick<Coding, 'compression'>,
  encoded: Stored,
): Stored | Promise<Stored> {
  if (compression === undefined) return encoded
  // UTF-8 has one to three bytes for each unit of a string.
  if (encoded.payload.length * 3 <= compression.aboveBytes) return encoded
  if (byteLength(encoded.payload) <= compression.aboveBytes) return encoded
  return pack(compression, encoded)
}

function pack<Stored extends EncodedValue>(
  { algorithm }: Compression,
  encoded: Stored,
): Stored | Promise<Stored> {
  const { flag, payload } = encoded
  const plain = typeof payload === 'string' ? Buffer.from(payload) : payload
  const smaller = (packed: Uint8Array): Stored =>
    packed.length < plain.length
      ? { ...encoded, flag: `${flag}${LETTERS[algorithm]}${plain.length}`, payload: packed }
      : encoded
  const packed = compress(algorithm, plain)
  return packed instanceof Promise ? packed.then(smaller) : smaller(packed)
}

/** As `unsealValue`, of an entry that may be packed. Never rejects. */
export function unpackValue<Value>(
  rules: PackingRules<Value>,
  entry: EncodedValue,
  sealing?: Sealing,
): Unsealed<Value> | Promise<Unsealed<Value>> {
  const stored = sealing ? decrypted(sealing, entry) : entry
  if ('problem' in stored) return stored
  if (stored.flag.length === 1) return unsealValue(rules, stored)
  try {
    const [, flag = '', letter, bytes] = PACKED.exec(stored.flag) ?? []
    const length = Number(bytes)
    if (typeof stored.payload === 'string' || letter === undefined)
      return { problem: `payload flag '${stored.flag}' is not what this keyspace declares` }
    if (length > rules.maxValueBytes)
      return { problem: `unpacks to ${length} bytes, above maxValueBytes (${rules.maxValueBytes})` }
    const unseal = (payload: Uint8Array): Unsealed<Value> =>
      unsealValue(rules, { flag, payload, version: stored.version })
    const payload = decompress(letter === 'd' ? 'deflate' : 'zstd', stored.payload, length)
    return payload instanceof Promise ? payload.then(unseal).catch(problemOf) : unseal(payload)
  } catch (error) {
    return problemOf(error)
  }
}

function decrypted(
  { keyring, key }: Sealing,
  stored: EncodedValue,
): EncodedValue | { readonly problem: string } {
  const [, keyId, flag] = SEALED.exec(stored.flag) ?? []
  // Whoever could write to the store could else have readers take what nobody sealed.
  if (keyId === undefined || flag === undefined || typeof stored.payload === 'string')
    return { problem: 'it is not sealed, and this keyspace is encrypted' }
  try {
    const payload = keyring.open(keyId, stored.payload, boundTo(key, flag, stored.version))
    return { flag, payload, version: stored.version }
  } catch (error) {
    return problemOf(error)
  }
}

/** The id of the key that a value with this flag is sealed with; undefined for one that is not sealed. */
export function keyIdOf(flag: string): string | undefined {
  return SEALED.exec(flag)?.[1]
}

/** How many bytes the value takes unpacked, as well as can be told without unpacking it. */
export function unpackedLength({ flag, payload }: EncodedValue): number {
  if (flag.length === 1) return payload.length
  const inner = SEALED.exec(flag)?.[2] ?? flag
  return Number(PACKED.exec(inner)?.[3] ?? payload.length)
}
