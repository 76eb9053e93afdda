import { DeclarationError } from '../../core/errors.ts'

/** The longest statement, in UTF-16 units. */
const LONGEST = 262_144

/** What is no word of a statement: blanks, comments to the end of a line, texts and quoted names. */
const SKIPPED =
  /\s+|--[^\n]*|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?<tag>(?:[\p{L}_][\p{L}\p{N}_]*)?)\$[\s\S]*?\$\k<tag>\$/uy
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy
const READING = ['select', 'with', 'values', 'table', 'show']

/**
 * Refuses what cannot be one statement that reads, before it is sent anywhere. It protects from mistakes: whether the
 * statement writes after all is for PostgreSQL to say, in a transaction that is read only.
 *
 * @throws DeclarationError naming `field`
 */
export function checkStatement(field: string, sql: unknown): string {
  if (typeof sql !== 'string') throw new DeclarationError(field, `is no text but a ${typeof sql}`)
  if (sql.length > LONGEST)
    throw new DeclarationError(field, `has ${sql.length} characters, more than ${LONGEST}`)
  if (sql.includes('\0')) throw new DeclarationError(field, 'has a NUL character, which PostgreSQL refuses')
  let first: string | undefined
  let hasEnded = false
  for (let at = 0; at < sql.length;) {
    const end = endOfSkipped(sql, at)
    const isBlank = end > at && /[\s/-]/.test(sql.charAt(at))
    if (hasEnded && !isBlank && sql[at] !== ';')
      throw new DeclarationError(field, 'has several statements; run one at a time')
    if (end > at) {
      at = end
      continue
    }
    WORD.lastIndex = at
    const word = WORD.exec(sql)?.[0]
    if (word !== undefined) first ??= word.toLowerCase()
    if (sql[at] === ';') hasEnded = true
    at += word?.length ?? 1
  }
  if (first !== undefined && READING.includes(first)) return sql
  throw new DeclarationError(
    field,
    `${first === undefined ? 'is empty' : `begins with ${first.toUpperCase()}`}; only what reads can be cached: ${READING.join(', ').toUpperCase()}`,
  )
}

/** Where the blank, comment, text or quoted name that begins at `start` ends; `start` if none does. */
function endOfSkipped(sql: string, start: number): number {
  if (!sql.startsWith('/*', start)) {
    SKIPPED.lastIndex = start
    return start + (SKIPPED.exec(sql)?.[0].length ?? 0)
  }
  let depth = 0
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) {
      depth++
      at++
    } else if (sql.startsWith('*/', at)) {
      at++
      if (--depth === 0) return at + 1
    }
  }
  return sql.length
}
