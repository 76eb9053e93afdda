/** Errors that a library throws where nobody can catch them do not end the process: a row is about what it answers. */
export function surviveStrayErrors(): void {
  process.on('uncaughtException', () => undefined)
  process.on('unhandledRejection', () => undefined)
}
