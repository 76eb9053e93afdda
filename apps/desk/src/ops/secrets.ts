import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * A secret of this data folder: made on first use, readable by its owner alone, the same ever after. `make` says what
 * a new one is.
 */
export async function keptSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = join(dataDir, name)
  try {
    const file = await open(path, 'wx', 0o600)
    try {
      await file.writeFile(`${make()}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return (await readFile(path, 'utf8')).trim()
}
