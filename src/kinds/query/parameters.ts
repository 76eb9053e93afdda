import { createHash } from 'node:crypto'
import { InvalidValueError } from '../../core/errors.ts'

/** What a statement can be given for `$1`, `$2` … */
export type Parameter = string | number | bigint | boolean | null | Date | Uint8Array | readonly Parameter[]

/** The most that PostgreSQL takes. */
const MOST = 65_535
const DEEPEST = 6

/**
 * Names a statement with its parameters: 256 bits, as text. The statement counts letter by letter, and a parameter
 * with its type: `1`, `1n`, `'1'` and `true` are different, as they may be to PostgreSQL.
 *
 * @throws InvalidValueError naming the parameter, for what a statement cannot be given
 */
export function fingerprint(keyspace: string, sql: string, parameters: readonly Parameter[]): string {
  if (!Array.isArray(parameters)) throw new InvalidValueError(keyspace, 'params is no list')
  if (parameters.length > MOST)
    throw new InvalidValueError(keyspace, `${parameters.length} parameters are more than ${MOST}`)
  const parts = parameters.map((parameter, index) => canonical(keyspace, parameter, `$${index + 1}`, 0))
  return createHash('sha256')
    .update(JSON.stringify([sql, parts]))
    .digest('base64url')
}

/** Another text for every other parameter, once it is JSON. */
function canonical(keyspace: string, parameter: unknown, place: string, depth: number): unknown {
  const refuse = (problem: string): never => {
    throw new InvalidValueError(keyspace, `parameter ${place} ${problem}`)
  }
  switch (typeof parameter) {
    case 'string':
      // What is not well-formed becomes something else on its way: two such texts could be one to the hash.
      return parameter.isWellFormed() && !parameter.includes('\0')
        ? ['s', parameter]
        : refuse('is no text that PostgreSQL can take')
    case 'number':
      if (!Number.isFinite(parameter)) return refuse(`is ${parameter}; give it as a text`)
      return ['n', Object.is(parameter, -0) ? '-0' : String(parameter)]
    case 'bigint':
      return ['i', String(parameter)]
    case 'boolean':
      return ['b', parameter]
    case 'object':
      if (parameter === null) return ['z']
      if (parameter instanceof Date)
        return Number.isNaN(parameter.getTime())
          ? refuse('is an invalid Date')
          : ['d', parameter.toISOString()]
      if (parameter instanceof Uint8Array) return ['x', Buffer.from(parameter).toString('base64')]
      if (!Array.isArray(parameter)) return refuse('is an object; give its JSON as a text')
      if (depth === DEEPEST) return refuse(`has more than ${DEEPEST} dimensions`)
      return ['a', parameter.map((item, index) => canonical(keyspace, item, `${place}[${index}]`, depth + 1))]
    case 'undefined':
    case 'function':
    case 'symbol':
      return refuse(`is ${typeof parameter}; nothing is written as null`)
  }
}
