import { fork } from 'node:child_process'
import { once } from 'node:events'

/** Another process that answers orders, one at a time. */
export interface Program<Order, Report> {
  /** Rejects when it dies, or does not answer in time. */
  ask(order: Order): Promise<Report>
  stop(): void
}

const LIMIT_MS = 60_000

/** Starts the program at `url`, which calls `answerOrders`. */
export function startProgram<Order, Report>(url: URL): Program<Order, Report> {
  const child = fork(url)
  return {
    async ask(order) {
      const over = new AbortController()
      const limit = setTimeout(() => over.abort(new Error(`no answer within ${LIMIT_MS} ms`)), LIMIT_MS)
      try {
        const answered = once(child, 'message', { signal: over.signal })
        const died = once(child, 'exit', { signal: over.signal }).then(() => {
          throw new Error(`${url.pathname} ended without an answer`)
        })
        died.catch(() => undefined)
        child.send(order as object)
        const [answer] = (await Promise.race([answered, died])) as [{ report: Report } | { failed: string }]
        if ('failed' in answer) throw new Error(answer.failed)
        return answer.report
      } finally {
        clearTimeout(limit)
        over.abort()
      }
    },
    stop: () => void child.kill('SIGKILL'),
  }
}

/** The other side: answers each order of the parent. */
export function answerOrders<Order, Report>(answer: (order: Order) => Promise<Report>): void {
  process.on('message', (order: Order) => {
    answer(order).then(
      (report) => process.send?.({ report }),
      (error: unknown) => process.send?.({ failed: error instanceof Error ? error.stack : String(error) }),
    )
  })
  process.once('disconnect', () => process.exit())
}

/** Milliseconds of a clock that all processes of this machine share. */
export function sharedNowMs(): number {
  return Number(process.hrtime.bigint()) / 1_000_000
}
