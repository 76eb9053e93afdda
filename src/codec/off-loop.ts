/**
 * Work for the threads of libuv, a few pieces at a time: the same few threads read files and look up names.
 *
 * The queue is bounded. When it is full the work is done at once, on the event loop: what brings more of it waits.
 */
const MOST_AT_ONCE = 2
const MOST_WAITING = 256

const waiting: (() => void)[] = []
let running = 0

/** Starts work that calls back when it is done. */
export type Start<Result> = (done: (error: Error | null, result: Result) => void) => void

/** The result of `start`, which runs when it is its turn; or of `inline`, when too many wait. */
export function offLoop<Result>(start: Start<Result>, inline: () => Result): Promise<Result> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      running--
      waiting.shift()?.()
    }
    const run = (): void => {
      running++
      try {
        start((error, result) => {
          end()
          if (error) reject(error)
          else resolve(result)
        })
      } catch (error) {
        // Refused before it began: its callback never comes.
        end()
        reject(error)
      }
    }
    if (running < MOST_AT_ONCE) run()
    else if (waiting.length < MOST_WAITING) waiting.push(run)
    else resolve(inline())
  })
}
