import type { Dump } from '../../../src/market/replay/dump.ts'

/** A dump that needs no disk, so that a virtual clock is all the time there is. Lines come `perBlock` at a time. */
export function memoryDump(lines: readonly string[], perBlock = 2): Dump {
  return {
    file: 'memory.csv',
    sizeBytes: lines.reduce((bytes, line) => bytes + line.length + 1, 0),
    async *blocks() {
      for (let start = 0; start < lines.length; start += perBlock) yield lines.slice(start, start + perBlock)
    },
  }
}
