import { LARGE, LOAD, sharedMicros } from './messages.ts'

/** Calls `update` so often in a second, whatever the timer misses, until the returned function is called. */
export function market(update: (symbol: string, at: number) => void): () => void {
  return steadily(LOAD.updatesPerSecond, (count) => update(`S${count % LOAD.symbols}`, sharedMicros()))
}

/** The same for what is large. */
export function largeMarket(update: (symbol: string, at: number) => void): () => void {
  return steadily(LARGE.perSecond, () => update(LARGE.symbol, sharedMicros()))
}

function steadily(perSecond: number, work: (count: number) => void): () => void {
  const startedMs = performance.now()
  let count = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1_000) * perSecond
    while (count < due) work(count++)
  }, 1)
  return () => clearInterval(timer)
}

/** A price, as it is sent: about a hundred bytes, or as many as what is large has. */
export function priceOf(symbol: string, at: number): object {
  const filling = symbol === LARGE.symbol ? { filling: 'x'.repeat(LARGE.bytes) } : {}
  return { symbol, at, price: '148.2500', change24h: '-1.25', stale: false, ...filling }
}
