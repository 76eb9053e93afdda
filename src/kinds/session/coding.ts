import { InvalidValueError } from '../../core/errors.ts'
import type { Keyring } from '../../core/keyring.ts'
import type { Immutable } from '../../core/immutable.ts'
import { packValue, type Sealing, unpackValue } from '../../entry/packing.ts'
import { type EncodedValue, problemOf, sealValue } from '../../entry/values.ts'
import type { SessionKeyspace } from './declare.ts'

/** What the data of a session says. */
export interface SessionContent<Id, Value> {
  readonly user: Id | null
  readonly value: Immutable<Value>
}

/** Nothing of a session is compressed, so packing answers at once. */
const UNCOMPRESSED = { compression: undefined } as const
const SEALED_FLAG = 's'

/**
 * The data of a session: a line with the flag of the value, its version and whose it is, then the value; one that is
 * sealed as base64.
 *
 * @throws InvalidValueError, ValueTooLargeError
 */
export function encodeContent<Id, Value>(
  name: string,
  keyspace: SessionKeyspace<Id, Value>,
  user: Id | null,
  value: unknown,
  keyring: Keyring | undefined,
): { readonly data: string; readonly content: SessionContent<Id, Value> } {
  const sealed = sealValue<Value, string>(name, keyspace, value)
  if (sealed.value === null) throw new InvalidValueError(name, 'a session holds something')
  const packed = packValue(
    UNCOMPRESSED,
    sealed.encoded as EncodedValue,
    sealingOf(keyspace, user, keyring),
  ) as EncodedValue
  const { flag, version, payload } = packed
  const text = typeof payload === 'string' ? payload : Buffer.from(payload).toString('base64')
  const data = `${flag} ${version} ${JSON.stringify(user)}\n${text}`
  return { data, content: { user, value: sealed.value } }
}

/** What is sealed is bound to whose it is, which is not: under another user it does not open. */
function sealingOf<Id, Value>(
  { encrypted, pattern }: SessionKeyspace<Id, Value>,
  user: Id | null,
  keyring: Keyring | undefined,
): Sealing | undefined {
  return encrypted && keyring ? { keyring, key: `${pattern.text} ${JSON.stringify(user)}` } : undefined
}

/** What `encodeContent` has written, or what is wrong with it. */
export function decodeContent<Id, Value>(
  keyspace: SessionKeyspace<Id, Value>,
  data: string,
  keyring: Keyring | undefined,
): SessionContent<Id, Value> | { readonly problem: string } {
  const [line, flag = '', version, user = ''] = /^(\S+) (\d+) ([^\n]*)\n/.exec(data) ?? []
  if (line === undefined) return { problem: 'its first line is none' }
  const text = data.slice(line.length)
  const payload = flag.startsWith(SEALED_FLAG) ? Buffer.from(text, 'base64') : text
  const rules = { ...keyspace, ...UNCOMPRESSED }
  let owner: Id | null
  try {
    owner = JSON.parse(user) as Id | null
  } catch (error) {
    return problemOf(error)
  }
  const stored = { flag, version: Number(version), payload }
  const unpacked = unpackValue<Value>(rules, stored, sealingOf(keyspace, owner, keyring))
  if (unpacked instanceof Promise) return { problem: 'it is compressed, which no session is' }
  if ('problem' in unpacked) return unpacked
  if (unpacked.value === null) return { problem: 'it holds nothing' }
  return { user: owner, value: unpacked.value }
}
