import { InvalidValueError } from '../../core/errors.ts'
import type { Schema } from '../../core/standard-schema.ts'

/** How bad it is, the least first. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** How bad it is. */
export type LogLevel = (typeof LEVELS)[number]

/** What somebody has to say. */
export interface LogLine {
  /** Which part of the program says it: a text of 1 to 64 characters. */
  readonly module: string
  readonly level: LogLevel
  readonly message: string
  /** Whatever else there is to know. It becomes plain JSON: a bigint its digits, a Date its ISO form, an Error its text. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
}

/** A line as it is stored. */
export interface StoredLine {
  /** When it was written: calendar time of the process, ms since 1970. */
  readonly atMs: number
  readonly module: string
  readonly level: LogLevel
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
  /** It was too long: fields, or the end of the message, are left out. */
  readonly isCut?: boolean
}

/** Of those that want to know whether what is stored is a line. */
export const storedLine: Schema<unknown, StoredLine> = {
  '~standard': {
    version: 1,
    vendor: 'holdfast',
    validate: (value) =>
      isStoredLine(value) ? { value } : { issues: [{ message: 'it is no line of a log' }] },
  },
}

const LONGEST_MODULE = 64
const DEEPEST = 8
/** The last moment that a Date can tell. */
const LATEST_MS = 8.64e15

/**
 * The line as it is stored, in at most `maxBytes` of JSON: it is cut rather than refused. Characters that PostgreSQL
 * cannot store are replaced.
 *
 * @throws InvalidValueError for a module, level or message that is none
 */
export function lineOf(name: string, line: LogLine, atMs: number, maxBytes: number): StoredLine {
  const { module, level, message, fields } = line
  if (typeof module !== 'string' || module === '' || module.length > LONGEST_MODULE)
    throw new InvalidValueError(name, `a module is a text of 1 to ${LONGEST_MODULE} characters`)
  if (!LEVELS.includes(level))
    throw new InvalidValueError(name, `'${level as string}' is no level; there are ${LEVELS.join(', ')}`)
  if (typeof message !== 'string') throw new InvalidValueError(name, 'a message is a text')
  const stored = { atMs, module: sound(module), level, message: sound(message) }
  const whole = fields === undefined ? stored : { ...stored, fields: plainFields(fields) }
  if (bytesOf(whole) <= maxBytes) return whole
  const bare = { ...stored, isCut: true }
  const room = maxBytes - bytesOf({ ...bare, message: '' })
  // A character takes up to six bytes of JSON.
  return bytesOf(bare) <= maxBytes
    ? bare
    : { ...bare, message: sound(bare.message.slice(0, Math.max(0, room / 6))) }
}

function isStoredLine(value: unknown): value is StoredLine {
  if (typeof value !== 'object' || value === null) return false
  const { atMs, module, level, message } = value as Readonly<Record<string, unknown>>
  return (
    Number.isInteger(atMs) &&
    Math.abs(atMs as number) <= LATEST_MS &&
    typeof module === 'string' &&
    typeof message === 'string' &&
    (LEVELS as readonly unknown[]).includes(level)
  )
}

function bytesOf(line: StoredLine): number {
  return Buffer.byteLength(JSON.stringify(line))
}

function sound(text: string): string {
  return text.replaceAll('\0', '�').toWellFormed()
}

function plainFields(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined && typeof value !== 'function')
      .map(([field, value]) => [sound(field), plain(value, depth + 1)]),
  )
}

function plain(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return sound(value)
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'object':
      break
    case 'bigint':
    case 'symbol':
    case 'function':
    case 'undefined':
      return String(value)
  }
  if (value === null) return null
  if (value instanceof Error) return sound(`${value.name}: ${value.message}`)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (depth >= DEEPEST) return '…'
  return Array.isArray(value) ? value.map((item) => plain(item, depth + 1)) : plainFields(value, depth)
}
