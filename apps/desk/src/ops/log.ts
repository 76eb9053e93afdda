import { DrizzleQueryError } from 'drizzle-orm/errors'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Settings } from './settings.ts'

const LONGEST_CHAIN = 5

/** The desk's log: one line of JSON for each event. Errors come with their causes, queries without their values. */
export function createLog(level: Settings['logLevel'], to: DestinationStream): Logger {
  return pino({ level, serializers: { err: loggable } }, to)
}

interface LoggedError {
  readonly type: string
  readonly code?: unknown
  readonly message: string
  readonly stack?: string | undefined
}

/** An error and its causes, outermost first. */
function loggable(error: unknown): readonly LoggedError[] {
  const chain: unknown[] = []
  for (let next = error; next !== undefined && chain.length < LONGEST_CHAIN;) {
    chain.push(next)
    next = next instanceof Error ? next.cause : undefined
  }
  const hide = withoutValues(chain)
  return chain.map((each) => {
    if (!(each instanceof Error)) return { type: typeof each, message: hide(String(each)) }
    const { name, message, stack } = each
    const code = 'code' in each ? { code: each.code } : {}
    return { type: name, ...code, message: hide(message), stack: stack === undefined ? stack : hide(stack) }
  })
}

/** Values of a query may be e-mail addresses and password hashes. Errors that wrap one repeat its message. */
function withoutValues(chain: readonly unknown[]): (text: string) => string {
  const queries = chain.filter((error) => error instanceof DrizzleQueryError)
  return (text) =>
    queries.reduce((shown, { message, query }) => shown.replaceAll(message, `Failed query: ${query}`), text)
}
