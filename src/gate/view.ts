import type { Blocker } from './blockers.ts'
import type { GateView, ReadsBy } from './port.ts'
import type { GateState, PolledRow } from './row.ts'

/** What one process saw of the gate, and counted. */
export class GateRecord {
  #row: PolledRow | undefined
  #blockers: readonly Blocker[] = []
  readonly #reads: Partial<Record<GateState | 'unknown', ReadsBy>> = {}

  /** The row of the last poll; undefined when that had no answer. */
  get row(): PolledRow | undefined {
    return this.#row
  }

  /** Whether `row` differs in state or epoch from the one before. */
  saw(row: PolledRow | undefined): boolean {
    const hasMoved = row?.state !== this.#row?.state || row?.epoch !== this.#row?.epoch
    if (hasMoved) this.#blockers = []
    this.#row = row
    return hasMoved
  }

  blockedBy(blockers: readonly Blocker[]): void {
    this.#blockers = blockers
  }

  served(by: keyof ReadsBy, keys: number): void {
    const reads = (this.#reads[this.#row?.state ?? 'unknown'] ??= { store: 0, truth: 0 })
    reads[by] += keys
  }

  view(isTrusted: boolean): GateView {
    return {
      state: this.#row?.state ?? 'unknown',
      epoch: String(this.#row?.epoch ?? 0n),
      isTrusted,
      reason: this.#row?.reason ?? 'PostgreSQL was not asked yet, or does not answer',
      blockers: this.#blockers,
      reads: structuredClone(this.#reads),
    }
  }
}
