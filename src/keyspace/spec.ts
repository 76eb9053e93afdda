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

function given(value: unknown): string {
  return value === undefined
    ? 'is missing'
    : `is no text but ${value === null ? 'null' : `a ${typeof value}`}`
}
