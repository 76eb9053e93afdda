import { systemClock } from 'holdfast'
import { afterEach, vi } from 'vitest'
import { useScratch } from '../../../../test/embedded/scratch.ts'
import { freshDatabase } from '../../../../test/servers/postgres.ts'
import { type EmbeddedRedis } from 'holdfast/embedded'
import { privateRedis } from '../../../../test/servers/redis.ts'
import { parseReplayOptions, type ReplaySettings } from '../../src/market/replay/options.ts'
import { createLog } from '../../src/ops/log.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { type DeskPart, startApart } from '../../src/ops/start-apart.ts'
import { type Desk, startDesk } from '../../src/ops/start.ts'

/** A desk that runs in this process, and what it said while starting and running. */
export type StartedDesk = Desk & { readonly progress: string[] }

/** What tests of whole desks need. All of it goes after each test: desks first, folders last. */
export interface Desks {
  /** An empty folder. */
  readonly folder: () => Promise<string>
  /** The URL of an empty database. */
  readonly database: () => Promise<string>
  readonly redis: () => Promise<EmbeddedRedis>
  /** Starts a desk on settings as a person gives them; without DATA_DIR in an empty folder. */
  readonly start: (
    settings?: Readonly<Record<string, string>>,
    replay?: ReplaySettings,
  ) => Promise<StartedDesk>
  /** Starts a process without the API, likewise. */
  readonly startPart: (settings: Readonly<Record<string, string>>) => Promise<DeskPart>
  /** Runs with the rest, the latest first. */
  readonly cleanUp: (end: () => Promise<unknown>) => void
}

/** Hides the Redis of this machine, as far as a desk may look for one, until the test ends. */
export function withoutRedis(): void {
  vi.stubEnv('PATH', '/nowhere')
  vi.stubEnv('XDG_CACHE_HOME', '/nowhere')
}

export function useDesks(): Desks {
  const { folder, cleanUp } = useScratch()
  afterEach(() => void vi.unstubAllEnvs())
  return {
    folder,
    async database() {
      const fresh = await freshDatabase()
      cleanUp(() => fresh.drop())
      return fresh.url
    },
    async redis() {
      const redis = await privateRedis()
      cleanUp(() => redis.stop())
      return redis
    },
    async start(settings = {}, replay) {
      const progress: string[] = []
      const DATA_DIR = settings['DATA_DIR'] ?? (await folder())
      const desk = await startDesk({
        settings: readSettings({ PORT: '0', ...settings, DATA_DIR }, {}),
        replay: replay && parseReplayOptions(replay),
        version: '1.2.3',
        clock: systemClock,
        log: createLog('silent', { write: () => undefined }),
        onProgress: (line) => progress.push(line),
      })
      cleanUp(() => desk.stop())
      return { ...desk, progress }
    },
    async startPart(settings) {
      const part = await startApart({
        settings: readSettings(settings, {}),
        clock: systemClock,
        log: createLog('silent', { write: () => undefined }),
        onProgress: () => undefined,
      })
      cleanUp(() => part.stop())
      return part
    },
    cleanUp,
  }
}

/** What a desk answers to a GET, as JSON. */
export async function get<Answer = Record<string, unknown>>(
  desk: Pick<Desk, 'url'>,
  path: string,
  token?: string,
): Promise<Answer> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await fetch(desk.url + path, { headers })).json() as Promise<Answer>
}

/** Signs in, or registers; the answer. */
export async function sign(
  desk: Pick<Desk, 'url'>,
  how: 'login' | 'register',
  credentials: { readonly email: string; readonly password: string },
): Promise<{ status: number; token: string }> {
  const response = await fetch(`${desk.url}/api/v1/auth/${how}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: credentials.email, password: credentials.password }),
  })
  const { token } = (await response.json()) as { token: string }
  return { status: response.status, token }
}
