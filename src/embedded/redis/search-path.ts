import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/** The full path of a program as a shell would find it along `searchPath`; `undefined` when it is not there. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  for (const dir of searchPath.split(delimiter)) {
    // A relative entry, or an empty one, would run whatever lies in the current folder.
    if (!isAbsolute(dir)) continue
    const command = join(dir, name)
    const found = await stat(command).catch(() => undefined)
    if (!found?.isFile()) continue
    const executable = await access(command, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (executable) return command
  }
  return undefined
}
