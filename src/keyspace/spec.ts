import { DeclarationError } from '../core/errors.ts'

/**
 * Checks what every declaration needs, for those whom no compiler tells: that it is one, has no misspelt options, and
 * says its key and what it is about. `fields` are the options of its kind.
 *
 * @throws DeclarationError naming the field that is wrong.
 */
export function checkSpec(kind: string, spec: unknown, fields: Readonly<Record<string, true>>): void {
  if (typeof spec !== 'object' || spec === null) {
    throw new DeclarationError(kind, `takes an object with ${Object.keys(fields).join(', ')}`)
  }
  const { key, about } = spec as { readonly key?: unknown; readonly about?: unknown }
  if (typeof key !== 'string') {
    throw new DeclarationError(`${kind}.key`, `${given(key)}; write a pattern such as 'price:{asset}'`)
  }
  const field = (name: string): string => `${kind}('${key}').${name}`
  const unknown = Object.keys(spec).find((name) => !Object.hasOwn(fields, name))
  if (unknown !== undefined) {
    throw new DeclarationError(
      field(unknown),
      `is no option of ${kind}; there are ${Object.keys(fields).join(', ')}`,
    )
  }
  if (typeof about !== 'string') {
    throw new DeclarationError(field('about'), `${given(about)}; say what this state is`)
  }
  if (about.trim() === '') throw new DeclarationError(field('about'), 'is empty; say what this state is')
}

/**
 * Checks that `schema` is a Standard Schema.
 *
 * @throws DeclarationError naming `field`
 */
export function checkSchema(field: string, schema: unknown): void {
  const standard = (
    schema as { readonly '~standard'?: { readonly validate?: unknown } } | null | undefined
  )?.['~standard']
  if (typeof standard?.validate !== 'function')
    throw new DeclarationError(field, 'is no Standard Schema; give one of zod, valibot, arktype …')
}

/**
 * `value`, a whole number from 1 to `most`.
 *
 * @throws DeclarationError naming `field`
 */
export function wholeNumber(field: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new DeclarationError(field, `${value} is no whole number between 1 and ${most}`)
}

function given(value: unknown): string {
  return value === undefined
    ? 'is missing'
    : `is no text but ${value === null ? 'null' : `a ${typeof value}`}`
}
