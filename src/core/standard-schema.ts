import { DeclarationError } from './errors.ts'

/**
 * The part of the Standard Schema interface (https://standardschema.dev, version 1) that Holdfast calls. Any
 * library that implements it works: zod, valibot, arktype and others.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a schema answers: a value, or the list of what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that is wrong, and where. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type of the values that a schema lets through. */
export type Output<S extends Schema> = NonNullable<S['~standard']['types']>['output']

/**
 * The value that `schema` makes of `value`, or one text that says all that is wrong with it.
 *
 * @throws DeclarationError for a schema that answers later: entries are checked between two commands, nothing waits.
 */
export function check<S extends Schema>(
  schema: S,
  value: unknown,
): { value: Output<S> } | { problem: string } {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new DeclarationError(
      'value',
      `this schema (${schema['~standard'].vendor}) answers asynchronously; use one that answers at once`,
    )
  }
  if (!result.issues) return { value: result.value as Output<S> }
  return { problem: result.issues.map(describeIssue).join('; ') }
}

function describeIssue(issue: SchemaIssue): string {
  const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  return path === '' ? issue.message : `${path}: ${issue.message}`
}
