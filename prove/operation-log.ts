/**
 * What one process did, as a file of records of 32 bytes. A process that is killed loses at most what it did in the
 * last moments; a record that is torn is not read.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/**
 * `bound`: a write after which the key has at least this version; of keys that are derived from several rows.
 * `unknown`: its outcome could not be found out. `rolled back`: the caller was told that nothing was written.
 */
export const KINDS = ['read', 'write', 'bound', 'unknown', 'rolled back'] as const
/** How an operation ended. */
export type Kind = (typeof KINDS)[number]

/** One operation of one process. Times are nanoseconds of the host's monotonic clock. */
export interface LoggedOperation {
  readonly kind: Kind
  readonly key: number
  readonly version: number
  /** Which transaction wrote what was read or written; 0 for what nobody wrote, and for what is derived. */
  readonly attempt: number
  readonly start: number
  readonly end: number
  /** Which process, in the order of their starts. */
  readonly incarnation: number
}

const RECORD_BYTES = 32
const BUFFER_RECORDS = 2_048

/** Writes a log. */
export class OperationLog {
  readonly #file: number
  readonly #incarnation: number
  readonly #buffer = Buffer.alloc(RECORD_BYTES * BUFFER_RECORDS)
  #records = 0
  /** Records so far. */
  total = 0

  constructor(path: string, incarnation: number) {
    this.#file = openSync(path, 'a')
    this.#incarnation = incarnation
  }

  add(kind: Kind, key: number, version: number, attempt: number, start: number, end: number): void {
    const buffer = this.#buffer
    const at = this.#records * RECORD_BYTES
    buffer.writeDoubleLE(start, at)
    buffer.writeDoubleLE(end, at + 8)
    buffer.writeUInt16LE(key, at + 16)
    buffer.writeUInt8(KINDS.indexOf(kind), at + 18)
    buffer.writeUInt32LE(version, at + 20)
    buffer.writeUInt32LE(attempt, at + 24)
    buffer.writeUInt32LE(this.#incarnation, at + 28)
    this.total++
    if (++this.#records === BUFFER_RECORDS) this.flush()
  }

  /** Gives all records to the operating system, which keeps them when this process is killed. */
  flush(): void {
    if (this.#records > 0) writeSync(this.#file, this.#buffer, 0, this.#records * RECORD_BYTES)
    this.#records = 0
  }

  close(): void {
    this.flush()
    closeSync(this.#file)
  }
}

/** Calls `each` with every record of the logs, one file after the other. Bounded in memory. */
export function readLogs(paths: readonly string[], each: (operation: LoggedOperation) => void): void {
  const buffer = Buffer.alloc(RECORD_BYTES * 8_192)
  for (const path of paths) {
    const file = openSync(path, 'r')
    try {
      for (let position = 0; ;) {
        const bytes = readSync(file, buffer, 0, buffer.length, position)
        const whole = bytes - (bytes % RECORD_BYTES)
        for (let at = 0; at < whole; at += RECORD_BYTES)
          each({
            start: buffer.readDoubleLE(at),
            end: buffer.readDoubleLE(at + 8),
            key: buffer.readUInt16LE(at + 16),
            kind: KINDS[buffer.readUInt8(at + 18)] as Kind,
            version: buffer.readUInt32LE(at + 20),
            attempt: buffer.readUInt32LE(at + 24),
            incarnation: buffer.readUInt32LE(at + 28),
          })
        if (whole === 0) break
        position += whole
      }
    } finally {
      closeSync(file)
    }
  }
}
