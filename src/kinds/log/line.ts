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
  const room = { left: maxBytes }
  const whole = fields === undefined ? stored : { ...stored, fields: plainFields(fields, room) }
  if (room.left >= 0 && bytesOf(whole) <= maxBytes) return whole
  const bare = { ...stored, isCut: true }
  const leftBytes = maxBytes - bytesOf({ ...bare, message: '' })
  // A character takes up to six bytes of JSON.
  return bytesOf(bare) <= maxBytes
    ? bare
    : { ...bare, message: sound(bare.message.slice(0, Math.max(0, leftBytes / 6))) }
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

/** How much of a line is left, at most: objects that hold each other are more than anybody can walk through. */
interface Room {
  left: number
}

function plainFields(fields: object, room: Room, depth = 0): Record<string, unknown> {
  const all: [string, unknown][] = []
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || typeof value === 'function') continue
    room.left -= field.length
    if (room.left < 0) break
    all.push([sound(field), plain(value, room, depth + 1)])
  }
  return Object.fromEntries(all)
}

function plainItems(items: readonly unknown[], room: Room, depth: number): unknown[] {
  const all: unknown[] = []
  for (const item of items) {
    if (room.left < 0) break
    all.push(plain(item, room, depth + 1))
  }
  return all
}

function plain(value: unknown, room: Room, depth: number): unknown {
  // Each takes a character at least.
  room.left -= typeof value === 'string' ? value.length : 1
  if (room.left < 0) return '…'
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
  return Array.isArray(value) ? plainItems(value, room, depth) : plainFields(value, room, depth)
}
