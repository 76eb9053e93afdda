import { createClient } from '@redis/client'

/** What connections send by themselves, whatever they are used for. */
const UPKEEP: ReadonlySet<string> = new Set(['PING', 'TIME', 'INFO', 'CLIENT', 'HELLO', 'COMMAND'])

const LIMIT_MS = 10_000

/**
 * The commands that reach the server while `work` runs, one name for each round trip, by MONITOR. A transaction is one,
 * `EXEC`; what a script calls inside the server is none.
 */
export async function roundTripsOf(url: string, work: () => Promise<unknown>): Promise<string[]> {
  const [watcher, marker] = [createClient({ url }), createClient({ url })]
  await Promise.all([watcher.connect(), marker.connect()])
  try {
    const seen: string[] = []
    const inTransaction = new Set<string>()
    let isBetween = false
    const begins = `begin-${process.pid}-${performance.now()}`
    const ends = `end-${process.pid}-${performance.now()}`
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    await watcher.monitor((text) => {
      const [, sender = '', command = ''] = /\[\d+ ([^\]]+)\] "([^"]*)"/.exec(text) ?? []
      if (text.includes(begins)) isBetween = true
      else if (text.includes(ends)) {
        isBetween = false
        end()
      } else if (isBetween && sender !== 'lua' && !UPKEEP.has(command.toUpperCase())) {
        const name = command.toUpperCase()
        if (name === 'MULTI') inTransaction.add(sender)
        if (name === 'EXEC') inTransaction.delete(sender)
        if (!inTransaction.has(sender)) seen.push(name)
      }
    })
    await marker.echo(begins)
    await work()
    await marker.echo(ends)
    const limit = setTimeout(end, LIMIT_MS)
    await ended
    clearTimeout(limit)
    if (isBetween) throw new Error(`MONITOR did not tell of the end within ${LIMIT_MS} ms`)
    return seen
  } finally {
    watcher.destroy()
    marker.destroy()
  }
}
