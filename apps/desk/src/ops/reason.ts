import { DrizzleQueryError } from 'drizzle-orm/errors'

/**
 * Why something failed, in the words of what failed first. Errors of sockets may have an empty message and carry
 * the real ones inside; those of queries repeat the statement and its values, which are not for terminals.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ')
  if (error instanceof DrizzleQueryError && error.cause) return reasonOf(error.cause)
  if (error instanceof Error) return error.message || (error as NodeJS.ErrnoException).code || error.name
  return String(error)
}

/** Host, port and database: what may be shown of a URL. */
export function hostOf(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `${host}${pathname}`
  } catch {
    return 'the address given'
  }
}
