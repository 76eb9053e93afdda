import { once } from 'node:events'
import { createServer } from 'node:net'
import { SettingError } from '../domain/desk-error.ts'
import type { Settings } from './settings.ts'

/** Where the desk is to listen. */
type Place = Pick<Settings, 'host' | 'port'>

/**
 * Tries to listen, for a moment: cheaper to find out now than when all servers run. Somebody may still be faster.
 *
 * @throws SettingError naming PORT or HOST
 */
export async function tryPort(place: Place): Promise<void> {
  const server = createServer().listen(place)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw listenError(error, place)
  }
  server.close()
  await once(server, 'close')
}

/** What a failure to listen means, where it is the fault of a setting; else the failure itself. */
export function listenError(error: unknown, { host, port }: Place): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return new SettingError(
      'PORT',
      `${port} is in use on ${host}. Choose another one, or 0 for any that is free.`,
    )
  }
  if (code === 'EACCES')
    return new SettingError('PORT', `${port} may not be used by this account. Choose one above 1023.`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return new SettingError('HOST', `'${host}' is no address of this machine.`)
  return error
}
