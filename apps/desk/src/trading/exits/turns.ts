/** Runs work, so much of it at a time; the rest waits for its turn, first come first served. */
export interface Turns {
  run(work: () => Promise<void>): Promise<void>
}

/** At most `atOnce` at a time. */
export function createTurns(atOnce: number): Turns {
  let running = 0
  const waiting: (() => void)[] = []
  return {
    async run(work) {
      // Whoever is let in takes over the place of the one that left.
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running++
      try {
        await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else running--
      }
    },
  }
}
