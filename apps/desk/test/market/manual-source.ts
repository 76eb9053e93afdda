import type { Asset } from '../../src/domain/assets.ts'
import type { Emit, PriceSource } from '../../src/market/price-source.ts'

/** A source that trades when a test says so. */
export interface ManualSource extends PriceSource {
  /** Resolves when the feed has taken the tick. */
  trade(asset: Asset, price: string, eventTimeMs: number, quantity?: string | null): Promise<void>
  /** Ends the run with a failure. */
  fail(error: Error): void
}

export function manualSource(name = 'simulator', assets: readonly Asset[] = []): ManualSource {
  let emit: Emit | undefined
  let fail: ((error: Error) => void) | undefined
  let ticks = 0
  return {
    name,
    assets,
    progress: () => ({ ticks, eventTimeMs: null, lagMs: 0 }),
    run(take, signal) {
      emit = take
      return new Promise((resolve, reject) => {
        fail = reject
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
    async trade({ chain, asset }, price, eventTimeMs, quantity = '1') {
      if (!emit) throw new Error('the source does not run')
      ticks++
      await emit({ chain, asset, price, quantity, eventTimeMs })
    },
    fail: (error) => fail?.(error),
  }
}
