const SOCKET_CODES = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT', 'EPIPE']
/** Connection exceptions, a server that stops or starts, takes no more connections, or lets this desk in no more. */
const SERVER_STATES = /^(08...|57P0[1-3]|53300|28...|3D000)$/
/** What `pg` says without a code. */
const TIMEOUTS =
  /timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection error/

/** Whether PostgreSQL could not be asked, or did not answer: it may work later. False when it refused a statement. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code !== undefined && (SOCKET_CODES.includes(code) || SERVER_STATES.test(code))) return true
  if (TIMEOUTS.test(error.message)) return true
  return error instanceof AggregateError ? error.errors.some(isUnreachable) : isUnreachable(error.cause)
}
