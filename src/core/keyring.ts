import { createCipheriv, createDecipheriv } from 'node:crypto'
import { DeclarationError } from './errors.ts'
import type { Random } from './random.ts'

/** Keys of 256 bits, by their ids. */
export interface EncryptionKeys {
  /** The id of the key that new values are sealed with. */
  readonly current: string
  /**
   * That one, and those that older values are still read with: 32 bytes, or the same as base64. An id has 1 to 32
   * letters, digits, `-` and `_`, and always means the same key.
   */
  readonly all: Readonly<Record<string, Uint8Array | string>>
}

const ID = /^[\w-]{1,32}$/
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'

/**
 * Seals bytes: AES-256-GCM, each time with another random nonce. What is sealed is bound to a text that goes with it
 * (additional authenticated data): it is opened under no other.
 *
 * A sealed value is nonce, tag, ciphertext.
 */
export class Keyring {
  readonly #current: string
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly #random: Random

  /** @throws DeclarationError naming what is wrong; never a key */
  constructor({ current, all }: EncryptionKeys, random: Random) {
    const entries = Object.entries(all ?? {})
    this.#keys = new Map(entries.map(([id, key]) => [id, keyOf(id, key)]))
    if (!this.#keys.has(current))
      throw new DeclarationError('open.keys.current', `'${current}' is none of the ids in open.keys.all`)
    this.#current = current
    this.#random = random
  }

  /** `plain`, sealed with the current key, and the id of that. */
  seal(plain: Uint8Array, boundTo: string): { readonly keyId: string; readonly sealed: Buffer } {
    const nonce = Buffer.from(this.#random.secret(), 'base64url').subarray(0, NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#keys.get(this.#current) as Buffer, nonce)
    cipher.setAAD(Buffer.from(boundTo))
    const text = [cipher.update(plain), cipher.final()]
    return { keyId: this.#current, sealed: Buffer.concat([nonce, cipher.getAuthTag(), ...text]) }
  }

  /** What was sealed. @throws an Error for an unknown key, and for what was changed, or sealed under another text */
  open(keyId: string, sealed: Uint8Array, boundTo: string): Buffer {
    const key = this.#keys.get(keyId)
    if (!key) throw new Error(`it is sealed with the key '${keyId}', which open was not given`)
    if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error('it is too short to be sealed')
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(boundTo))
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
    } catch {
      throw new Error(`it does not open with '${keyId}': it was changed, or belongs to another key`)
    }
  }
}

function keyOf(id: string, key: Uint8Array | string): Buffer {
  const fail = (problem: string): never => {
    throw new DeclarationError(`open.keys.all.${ID.test(id) ? id : '…'}`, problem)
  }
  if (!ID.test(id)) fail(`an id of a key has 1 to 32 letters, digits, '-' and '_'`)
  if (typeof key !== 'string' && !(key instanceof Uint8Array)) fail('is neither bytes nor base64')
  const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.from(key)
  if (bytes.length !== KEY_BYTES) fail(`has ${bytes.length} bytes; AES-256 takes ${KEY_BYTES}`)
  return bytes
}
