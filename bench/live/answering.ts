import type { Order, Used } from './messages.ts'

/** Answers orders of the parent process, one after the other, until it is told to end. */
export function answerOrders(answer: (order: Order) => unknown): void {
  let last = Promise.resolve()
  process.on('message', (order: Order) => {
    last = last.then(async () => {
      const result = await answer(order)
      process.send?.({ result: result ?? null })
      if (order.kind === 'end') process.disconnect()
    })
  })
  process.send?.({ result: 'ready' })
}

/** Counts what this process uses from now on. */
export function meter(): () => Used {
  const cpu = process.cpuUsage()
  const startedMs = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    return {
      seconds: (performance.now() - startedMs) / 1_000,
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
    }
  }
}
