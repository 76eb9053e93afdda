import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemRandom } from 'holdfast'
import { SettingError } from '../domain/desk-error.ts'

/**
 * A secret of this data folder: made on first use, readable by its owner alone, the same ever after. `make` says what
 * a new one is.
 *
 * @throws SettingError naming DATA_DIR when the file is there and empty, or may not be read or written
 */
export async function keptSecret(dataDir: string, name: string, make: () => string): Promise<string> {
  const path = join(dataDir, name)
  try {
    const secret = (await readIfThere(path)) ?? (await create(path, make()))
    if (secret !== '') return secret
  } catch (error) {
    throw new SettingError('DATA_DIR', `${path} cannot be used: ${String(error)}`)
  }
  throw new SettingError('DATA_DIR', `${path} is empty: remove it, and a new one is made.`)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The file appears whole or not at all. When another one was quicker, that one's secret counts. */
async function create(path: string, secret: string): Promise<string> {
  const draft = `${path}.${systemRandom.token()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(`${secret}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(draft, path)
    return secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return (await readIfThere(path)) ?? ''
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}
