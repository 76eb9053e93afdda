import { cpus } from 'node:os'

/** The machine and the versions that a result is of. */
export function machine(redis: string): string {
  return `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}, Redis ${redis}`
}
