const pending = new Set<() => void>()

/**
 * Runs `callback` when this process exits by itself, through `process.exit` or by an uncaught error; not when a
 * signal kills it. Synchronous work only. Returns the way to call it off.
 */
export function onProcessExit(callback: () => void): () => void {
  if (pending.size === 0) process.on('exit', runAll)
  pending.add(callback)
  return () => {
    pending.delete(callback)
    if (pending.size === 0) process.off('exit', runAll)
  }
}

function runAll(): void {
  for (const callback of pending) {
    try {
      callback()
    } catch {
      // Nobody is left to tell, and the next callback has a server to stop as well.
    }
  }
}
