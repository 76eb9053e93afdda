import { once } from 'node:events'
import { createServer } from 'node:net'
import { SettingError } from '../domain/desk-error.ts'

/** Where a server is to listen, and the setting that says so. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly setting: 'PORT' | 'HEALTH_PORT'
}

/**
 * Tries to listen, for a moment: cheaper to find out now than when all servers run. Somebody may still be faster.
 *
 * @throws SettingError naming the setting, or HOST
 */
export async function tryPort(place: Place): Promise<void> {
  const { host, port } = place
  const server = createServer().listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, place)
  }
  server.close()
  await once(server, 'close')
}

/** What a failure to listen means, where it is the fault of a setting; else the failure itself. */
export function listenError(error: unknown, { host, port, setting }: Place): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new SettingError(
      setting,
      `${port} is in use on ${host}. Choose another one, or 0 for any that is free.`,
    )
  }
  if (code === 'EACCES')
    return new SettingError(setting, `${port} may not be used by this account. Choose one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new SettingError('HOST', `'${host}' is no address of this machine.`)
  return error
}
