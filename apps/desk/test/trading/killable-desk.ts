import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { systemClock } from 'holdfast'
import { afterAll, beforeAll } from 'vitest'
import { eventually } from '../../../../test/servers/eventually.ts'
import { type FreshDatabase, freshDatabase } from '../../../../test/servers/postgres.ts'
import { type OpenDatabase, openDatabase } from '../../src/db/database.ts'
import { DEMO_ASSETS } from '../../src/domain/assets.ts'
import type { TradeView } from '../../src/http/trade-view.ts'
import { type DeskProcess, useDeskProgram } from '../ops/desk-process.ts'

const KILL_AT = pathToFileURL(fileURLToPath(new URL('./kill-at.mjs', import.meta.url))).href

/** What is traded. */
export const TRADED = DEMO_ASSETS[0] as (typeof DEMO_ASSETS)[number]

/** An order, by the demo's agent that trades. */
export interface Order {
  readonly side: 'buy' | 'sell'
  readonly amount?: string
}

/** An answer to an order; null when the desk went away instead. */
export interface Answer {
  readonly status: number
  readonly replayed: boolean
  readonly trade: TradeView
}

/** A real desk in a process of its own, which is killed and started again in the same folder, on the same database. */
export interface KillableDesk {
  readonly db: OpenDatabase['db']
  /** Starts it, and waits until it can trade. It dies at the step `killAt`, as `buy.prepared`. */
  start(killAt?: string): Promise<void>
  /** Resolves with what ended it. */
  ended(): Promise<number | NodeJS.Signals>
  stop(): Promise<void>
  order(key: string, order: Order): Promise<Answer | null>
  get<Body>(path: string): Promise<Body>
  /** The agent that trades. */
  agentId(): string
}

/** A desk for the tests of one file. */
export function killableDesk(settings: () => Readonly<Record<string, string>>): KillableDesk {
  const launch = useDeskProgram()
  let folder = ''
  let fresh: FreshDatabase
  let open: OpenDatabase
  let desk: DeskProcess | undefined
  let url = ''
  let headers: Record<string, string> = {}
  let agentId = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-kill-'))
    await mkdir(join(folder, 'home'))
    fresh = await freshDatabase()
    open = await openDatabase(fresh.url, systemClock)
  })
  afterAll(async () => {
    await stop()
    await open.close()
    await fresh.drop()
    await rm(folder, { recursive: true, force: true })
  })

  const stop = async (): Promise<void> => {
    desk?.signal('SIGTERM')
    await desk?.exited
  }
  const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(url + path, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } })
  const get = async <Body>(path: string): Promise<Body> => (await (await ask(path)).json()) as Body
  const post = (path: string, body: object, more: Record<string, string> = {}): Promise<Response> =>
    ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...more },
    })

  return {
    get db() {
      return open.db
    },
    stop,
    get,
    agentId: () => agentId,
    ended: async () => (await desk?.exited) ?? 0,
    async start(killAt = '') {
      const env = {
        PATH: process.env['PATH'] ?? '',
        HOME: join(folder, 'home'),
        DATABASE_URL: fresh.url,
        TRADES_PER_MINUTE: '1000',
        PAPER_LATENCY: '5ms',
        KILL_AT: killAt,
        NODE_OPTIONS: `--import ${KILL_AT}`,
        ...settings(),
      }
      desk = launch(['--port', '0', '--data-dir', join(folder, 'data')], env)
      const [block] = await desk.printed(/Holdfast desk is ready[\s\S]*Ctrl-C stops everything/)
      url = /Dashboard +(\S+)/.exec(block)?.[1] ?? ''
      const [, email, password] = /Login +(\S+) +(\S+)/.exec(block) ?? []
      headers = {}
      const { token } = (await (await post('/api/v1/auth/login', { email, password })).json()) as {
        token: string
      }
      headers = { authorization: `Bearer ${token}` }
      const { agents } = await get<{ agents: { id: string; name: string }[] }>('/api/v1/agents')
      agentId = agents.find(({ name }) => name === 'Momentum')?.id ?? ''
      const { chain, asset } = TRADED
      await eventually(async () => (await ask(`/api/v1/prices/${chain}/${asset}`)).status === 200, 10_000)
    },
    async order(key, order) {
      const { chain, asset } = TRADED
      try {
        const response = await post(
          '/api/v1/trades',
          { agentId, chain, asset, ...order },
          { 'idempotency-key': key },
        )
        const trade = (await response.json()) as TradeView
        return { status: response.status, replayed: response.headers.has('idempotency-replayed'), trade }
      } catch {
        return null
      }
    },
  }
}
