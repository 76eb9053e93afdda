import { DeclarationError, InvalidValueError } from '../core/errors.ts'
import { LONGEST_PARAMETER } from '../keyspace/pattern.ts'

/** So many members, or ids, one call takes. */
export const MOST_AT_ONCE = 1_000

/**
 * `members`, each once.
 *
 * @throws InvalidValueError for what is no well-formed text of 1 to 512 characters; DeclarationError for too many
 */
export function checkMembers(name: string, members: readonly string[]): string[] {
  checkMany(`${name}.members`, members)
  for (const member of members) checkMember(name, member)
  return [...new Set(members)]
}

/** @throws InvalidValueError for what is no well-formed text of 1 to 512 characters */
export function checkMember(name: string, member: unknown): asserts member is string {
  if (typeof member !== 'string')
    throw new InvalidValueError(name, `a member is a text, not ${member === null ? 'null' : typeof member}`)
  if (member === '' || member.length > LONGEST_PARAMETER)
    throw new InvalidValueError(
      name,
      `a member has 1 to ${LONGEST_PARAMETER} characters, not ${member.length}`,
    )
  if (!member.isWellFormed()) throw new InvalidValueError(name, 'a member is not well-formed Unicode')
}

/** @throws DeclarationError when there are more than one call takes, or it is no list */
export function checkMany(field: string, given: readonly unknown[]): void {
  if (!Array.isArray(given)) throw new DeclarationError(field, 'is no list')
  if (given.length > MOST_AT_ONCE)
    throw new DeclarationError(field, `has ${given.length} items, more than ${MOST_AT_ONCE} at once`)
}
