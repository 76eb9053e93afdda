import { DeclarationError } from '../core/errors.ts'
import type { Keyspace } from './keyspace.ts'
import { overlap } from './pattern.ts'

/** The keyspaces of one application, by the name under which it uses them. */
export type Keyspaces = Readonly<Record<string, Keyspace>>

/** The names that the state itself uses; no keyspace may have them. */
export const RESERVED_NAMES = [
  'audit',
  'close',
  'counts',
  'describe',
  'gate',
  'id',
  'invalidateTables',
  'invalidateTags',
  'outbox',
  'ping',
  'sizes',
  'totals',
  'write',
  'then',
] as const

/** A name that no keyspace may have. */
export type ReservedName = (typeof RESERVED_NAMES)[number]

/**
 * Checks what only the whole set can tell.
 *
 * @throws DeclarationError when a name is reserved, or when two keyspaces could own the same key.
 */
export function checkKeyspaces(keyspaces: Keyspaces): void {
  const entries = Object.entries(keyspaces)
  entries.forEach(([name, keyspace], index) => {
    if ((RESERVED_NAMES as readonly string[]).includes(name)) {
      throw new DeclarationError(
        name,
        `this name belongs to the state itself; choose one other than ${RESERVED_NAMES.join(', ')}`,
      )
    }
    for (const [otherName, other] of entries.slice(0, index)) {
      if (overlap(keyspace.pattern, other.pattern)) {
        throw new DeclarationError(
          name,
          `key '${keyspace.pattern.text}' can be the same as '${other.pattern.text}' of ${otherName}; begin them with different literals`,
        )
      }
    }
  })
}
