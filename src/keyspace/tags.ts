import { DeclarationError } from '../core/errors.ts'

/** The longest name of a tag or table, in UTF-16 units. */
const LONGEST = 512

/** The tag of what is derived from a table. */
export function tableTag(table: string): string {
  return `table:${table}`
}

/**
 * `tags`, each once.
 *
 * @throws DeclarationError naming `field`, for what is no list of well-formed texts of 1 to 512 characters
 */
export function checkTags(field: string, tags: readonly string[]): readonly string[] {
  return checkNames(field, 'tag', tags)
}

/**
 * `tables`, each once. A name counts as it is written: whoever reads and whoever invalidates must write it alike.
 *
 * @throws DeclarationError naming `field`, for what is no list of names such as `trades` or `desk.trades`
 */
export function checkTables(field: string, tables: readonly string[]): readonly string[] {
  const names = checkNames(field, 'table', tables)
  const wrong = names.find((name) => !/^[\p{L}_][\p{L}\p{N}_$]*(\.[\p{L}_][\p{L}\p{N}_$]*)?$/u.test(name))
  if (wrong === undefined) return names
  throw new DeclarationError(
    field,
    `'${wrong}' is no name of a table; write it as in 'trades' or 'desk.trades'`,
  )
}

function checkNames(field: string, what: string, names: readonly string[]): readonly string[] {
  if (!Array.isArray(names)) throw new DeclarationError(field, `takes a list: ['one ${what}', …]`)
  for (const name of names as readonly unknown[]) {
    if (typeof name !== 'string' || name === '' || name.length > LONGEST || !name.isWellFormed())
      throw new DeclarationError(
        field,
        `a ${what} is a text of 1 to ${LONGEST} characters, not ${show(name)}`,
      )
  }
  return [...new Set(names as readonly string[])]
}

function show(name: unknown): string {
  if (typeof name !== 'string') return name === null ? 'null' : `a ${typeof name}`
  return name === '' ? 'empty' : `'${name.slice(0, 20).toWellFormed()}…'`
}
