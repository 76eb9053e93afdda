import { json } from '../../codec/json.ts'
import { InvalidValueError, ValueTooLargeError } from '../../core/errors.ts'
import { freezeDeep, type Immutable } from '../../core/immutable.ts'
import { check } from '../../core/standard-schema.ts'
import type { RecordRules } from './declare.ts'
import { type Fields, isFields, merged, unknownField, valueAt, withValue } from './paths.ts'

/** A field, and what it becomes; undefined for what the defaults say. */
export interface FieldChange {
  readonly path: readonly string[]
  readonly value: unknown
}

/**
 * What is stored of a record: the fields that were set, and no others, so that a default that changes changes for all
 * who have not set it. The flag of the codec is in front.
 */
export class Documents<Value> {
  readonly #name: string
  readonly #rules: RecordRules<Value>

  constructor(name: string, rules: RecordRules<Value>) {
    this.#name = name
    this.#rules = rules
  }

  /** The fields that were set. @throws InvalidValueError for what is no document */
  fieldsOf(text: string | undefined): Fields {
    if (text === undefined) return {}
    let fields: unknown
    try {
      fields = json.decode(text.slice(0, 1), text.slice(1))
    } catch (error) {
      throw this.#invalid(`what is stored cannot be read: ${(error as Error).message}`, error)
    }
    if (isFields(fields)) return fields
    throw this.#invalid('what is stored is no object of fields')
  }

  /** The record that a stored text means. @throws InvalidValueError */
  valueOf(text: string | undefined): Immutable<Value> {
    return freezeDeep(this.#checked(this.fieldsOf(text)))
  }

  /**
   * The fields after a change: as the schema makes them.
   *
   * @throws InvalidValueError for a field that is unknown, or a value that does not fit
   */
  changed(fields: Fields, changes: readonly FieldChange[]): Fields {
    const twice = changes.find(({ path }, index) =>
      changes.some((other, at) => at !== index && leads(path, other.path)),
    )
    if (twice) throw this.#invalid(`'${twice.path.join('.')}' and a field in it change at once`)
    const asked = changes.reduce((next, change) => this.#with(next, change), fields)
    const record = this.#checked(asked) as Fields
    return changes.reduce((next, { path, value }) => {
      if (value === undefined) return next
      const accepted = valueAt(record, path)
      const unknown = unknownField(value, accepted, path)
      if (unknown !== undefined) throw this.#invalid(`it has no field '${unknown}'`)
      return this.#with(next, { path, value: accepted })
    }, asked)
  }

  /** @throws InvalidValueError, ValueTooLargeError */
  textOf(fields: Fields): string {
    let encoded
    try {
      encoded = json.encode(fields)
    } catch (error) {
      throw this.#invalid(`it cannot be stored: ${(error as Error).message}`, error)
    }
    const text = encoded.flag + encoded.payload
    const { maxValueBytes } = this.#rules
    const bytes = Buffer.byteLength(text)
    if (bytes > maxValueBytes) throw new ValueTooLargeError(this.#name, bytes, maxValueBytes)
    return text
  }

  /** Not frozen: it may hold what the caller goes on using. */
  #checked(fields: Fields): Value {
    const checked = check(this.#rules.schema, merged(this.#rules.defaults, fields))
    if ('problem' in checked) throw this.#invalid(`the record does not fit its schema: ${checked.problem}`)
    return checked.value
  }

  /** A path leads through what a reader sees, defaults included. */
  #with(fields: Fields, { path, value }: FieldChange): Fields {
    const record = merged(this.#rules.defaults, fields)
    const isBlocked = path.slice(0, -1).some((_, depth) => {
      const inner = valueAt(record, path.slice(0, depth + 1))
      return inner !== undefined && !isFields(inner)
    })
    if (!isBlocked) return withValue(fields, path, value)
    throw this.#invalid(`'${path.join('.')}' leads through something that is no object: set that as a whole`)
  }

  #invalid(problem: string, cause?: unknown): InvalidValueError {
    return new InvalidValueError(this.#name, problem, cause)
  }
}

/** Whether `path` leads to what `other` leads to, or to something around it. */
function leads(path: readonly string[], other: readonly string[]): boolean {
  return path.every((name, depth) => other[depth] === name)
}
