import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

/**
 * Gives new folders, which any account may enter, and takes anything else that has to go after each test: servers
 * and processes first, folders last.
 */
export function useScratch(): {
  folder: () => Promise<string>
  cleanUp: (task: () => Promise<unknown>) => void
} {
  const tasks: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const task of tasks.splice(0).reverse()) await task()
  })
  return {
    cleanUp: (task) => void tasks.push(task),
    async folder() {
      const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
      await chmod(path, 0o755)
      // A server that was told to end may still be writing while its folder goes.
      tasks.push(() => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
      return path
    },
  }
}
