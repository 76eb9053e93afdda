import { createApp } from '../http/create-app.ts'
import { type HealthParts, healthRoutes } from '../http/health.ts'
import type { Endings } from './ground.ts'
import { listenError, type Place, tryPort } from './port.ts'
import type { Settings } from './settings.ts'

/** Where a process is to listen. */
type Ports = Pick<Settings, 'host' | 'port' | 'healthPort'>

/** Tries what this process is to listen on. @throws SettingError naming PORT, HEALTH_PORT or HOST */
export async function tryPorts({ host, port, healthPort }: Ports, hasApi: boolean): Promise<void> {
  if (hasApi) await tryPort({ host, port, setting: 'PORT' })
  const place = healthPlace({ host, healthPort })
  if (place) await tryPort(place)
}

/**
 * Answers `/health/live` and `/health/ready` on a port of their own, if there is one: then its URL, else null.
 *
 * @throws SettingError naming HEALTH_PORT or HOST
 */
export async function serveHealth(
  settings: Pick<Settings, 'host' | 'healthPort'>,
  parts: HealthParts,
  endings: Pick<Endings, 'add'>,
): Promise<string | null> {
  const place = healthPlace(settings)
  if (!place) return null
  const server = createApp(parts)
  endings.add(() => server.close())
  healthRoutes(server, parts)
  const { host, port } = place
  return server.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, place)
  })
}

function healthPlace({ host, healthPort }: Pick<Settings, 'host' | 'healthPort'>): Place | undefined {
  return healthPort === undefined ? undefined : { host, port: healthPort, setting: 'HEALTH_PORT' }
}
