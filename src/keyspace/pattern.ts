import { DeclarationError, InvalidIdError } from '../core/errors.ts'

/**
 * Key patterns: `'price:{chain}:{asset}'`.
 *
 * A pattern is segments joined by `:`; each is a literal or one parameter. Parameter values are percent-encoded
 * where they hold the separator, so two different ids never share a key, and a pattern has the same number of
 * segments in every key: that is what lets the registry decide exactly whether two patterns overlap.
 */

type ParameterName<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterName<Rest>
  : never

/** The id that a pattern asks for: one text for each parameter. */
export type IdOf<Pattern extends string> = { readonly [Name in ParameterName<Pattern>]: string }

/** A literal of the pattern, or the name of a parameter. */
export type Segment = { readonly literal: string } | { readonly parameter: string }

/** A compiled pattern. */
export interface KeyPattern {
  /** As declared. */
  readonly text: string
  readonly segments: readonly Segment[]
  /** Names of the parameters, in order. */
  readonly parameters: readonly string[]
  /** The parameter that decides the Cluster slot: written in braces inside the key. */
  readonly slot: string | undefined
  /** What every key of this pattern starts with. */
  readonly literalPrefix: string
  /** Of a pattern with one parameter: its name, and what stands before and after its value in a key. */
  readonly single: { readonly name: string; readonly before: string; readonly after: string } | undefined
  /**
   * The key of `id`.
   *
   * @throws InvalidIdError for a missing, empty or over-long parameter, and for text that is not well-formed.
   */
  key(id: Readonly<Record<string, string>>): string
  /** Makes what the keys with the same values up to the parameter `last` begin with. Fails as `key` does. */
  leadingKey(last: string): (id: Readonly<Record<string, string>>) => string
}

/** The longest parameter value, in UTF-16 units. */
export const LONGEST_PARAMETER = 512

const LITERAL = /^[A-Za-z0-9_.-]+$/
const PARAMETER = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/
/** Characters that go into a key as they are: visible ASCII but the separator, the escape and the braces of Cluster. */
const NEEDS_ENCODING = /[^!-$&-9;-z|~]/

/**
 * Compiles a pattern.
 *
 * @throws DeclarationError naming the pattern, for anything but literals and parameters between colons, a repeated
 * parameter, a first segment that is no literal, or a `slot` that is no parameter of it.
 */
export function compilePattern(text: string, slot?: string): KeyPattern {
  const fail = (problem: string): never => {
    throw new DeclarationError(`key '${text}'`, problem)
  }
  const segments = text.split(':').map((part): Segment => {
    const parameter = PARAMETER.exec(part)?.[1]
    if (parameter !== undefined) return { parameter }
    if (!LITERAL.test(part)) {
      fail(`'${part}' is neither a literal (letters, digits, '_', '.', '-') nor one {parameter}`)
    }
    return { literal: part }
  })
  const first = segments[0]
  if (!first || !('literal' in first))
    fail('starts with a parameter; name the kind of thing first, as in price:{asset}')
  const parameters = segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []))
  const repeated = parameters.find((name, index) => parameters.indexOf(name) !== index)
  if (repeated !== undefined) fail(`has the parameter {${repeated}} twice`)
  if (slot !== undefined && !parameters.includes(slot)) fail(`slot '${slot}' is none of its parameters`)

  const brace = text.indexOf('{')
  return {
    text,
    segments,
    parameters,
    slot,
    literalPrefix: brace < 0 ? text : text.slice(0, brace),
    single: singleOf(segments, slot),
    key: compileKey(text, segments, slot),
    leadingKey(last) {
      const end = segments.findIndex((segment) => 'parameter' in segment && segment.parameter === last)
      return compileKey(text, segments.slice(0, end + 1), undefined)
    },
  }
}

function singleOf(segments: readonly Segment[], slot: string | undefined): KeyPattern['single'] {
  const names = segments.flatMap((segment) => ('parameter' in segment ? [segment.parameter] : []))
  const [name] = names
  if (name === undefined || names.length > 1) return undefined
  const mark = '\0'
  const shape = segments
    .map((part) => ('literal' in part ? part.literal : slot ? `{${mark}}` : mark))
    .join(':')
  const [before = '', after = ''] = shape.split(mark)
  return { name, before, after }
}

function compileKey(text: string, segments: readonly Segment[], slot: string | undefined): KeyPattern['key'] {
  // Literals are joined once, here: a key is then a few concatenations.
  const names: string[] = []
  const before: string[] = []
  let literal = ''
  segments.forEach((segment, index) => {
    if (index > 0) literal += ':'
    if ('literal' in segment) {
      literal += segment.literal
    } else {
      const isSlot = segment.parameter === slot
      before.push(isSlot ? `${literal}{` : literal)
      names.push(segment.parameter)
      literal = isSlot ? '}' : ''
    }
  })
  const after = literal
  return (id) => {
    let key = ''
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string
      const value = id[name]
      key +=
        (before[index] as string) + (isPlainParameter(value) ? value : encodeParameter(text, name, value))
    }
    return key + after
  }
}

function isPlainParameter(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= LONGEST_PARAMETER &&
    !NEEDS_ENCODING.test(value)
  )
}

function encodeParameter(pattern: string, name: string, value: unknown): string {
  if (typeof value !== 'string') {
    throw new InvalidIdError(
      pattern,
      `parameter {${name}} is ${value === undefined ? 'missing' : `a ${typeof value}`}; it must be a text`,
    )
  }
  if (value === '') throw new InvalidIdError(pattern, `parameter {${name}} is empty`)
  if (value.length > LONGEST_PARAMETER) {
    throw new InvalidIdError(
      pattern,
      `parameter {${name}} has ${value.length} characters, more than ${LONGEST_PARAMETER}`,
    )
  }
  // Two lone surrogates that differ would be one and the same key once they are UTF-8.
  if (!value.isWellFormed())
    throw new InvalidIdError(pattern, `parameter {${name}} is not well-formed Unicode`)
  return value.replace(/[ %:{}]|\p{Cc}/gu, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/** Whether some key could belong to both patterns. */
export function overlap(a: KeyPattern, b: KeyPattern): boolean {
  if (a.segments.length !== b.segments.length) return false
  return a.segments.every((segment, index) => {
    const other = b.segments[index] as Segment
    return 'parameter' in segment || 'parameter' in other || segment.literal === other.literal
  })
}
