import { systemRandom } from 'holdfast'
import { lockDirectory } from 'holdfast/embedded'
import { collect } from 'holdfast/observe'
import { DEMO_ASSETS } from '../domain/assets.ts'
import { buildServer } from '../http/server.ts'
import { inventPassword } from '../http/passwords.ts'
import { createBoard } from '../market/board.ts'
import { createFeed } from '../market/feed.ts'
import { openReplay, type Replay } from '../market/replay/replay.ts'
import type { ReplayOptions } from '../market/replay/options.ts'
import { progressLine, skippedLine } from '../market/replay/progress.ts'
import { createSimulator, type Simulator } from '../market/simulator/simulator.ts'
import { readinessChecks } from './checks.ts'
import { createEndings, type GroundOptions, openExecutor, openGround } from './ground.ts'
import { createInsight, type DemoLogin, type DeskMode } from './insight.ts'
import { isLoopback } from './loopback.ts'
import { ownershipAlert } from './ownership-alert.ts'
import { listenError } from './port.ts'
import { refuseAlone } from './roles.ts'
import { serveHealth, tryPorts } from './serve-health.ts'
import { keptSecret } from './secrets.ts'
import { seedAssets, seedDemo } from './seed.ts'
import { seedMoney } from './seed-money.ts'
import { createSharedView } from './shared-view.ts'
import { startTrading } from './start-trading.ts'
import { startWork } from './start-work.ts'
import { tryStore } from './store.ts'

/** How to start a desk. */
export interface DeskOptions extends GroundOptions {
  /** Undefined: the simulator. */
  readonly replay: ReplayOptions | undefined
  readonly version: string
}

/** A desk that runs. */
export interface Desk {
  readonly url: string
  /** Where health is answered on a port of its own. */
  readonly health: string | null
  readonly mode: DeskMode
  readonly demo: DemoLogin
  /** For people: where the truth and the state live, where prices come from, and who executes orders. */
  readonly about: {
    readonly database: string
    readonly store: string
    readonly prices: string
    readonly execution: string
  }
  /** Resolves when the price source has no more ticks; rejects with its failure. The desk goes on without it. */
  readonly feedEnded: Promise<void>
  /** Finishes what is being answered, then ends all that was started, the latest first. */
  stop(): Promise<void>
}

/**
 * Starts a desk with the role `api`, and whatever other roles it has: each part when those that it needs are ready.
 *
 * @throws SettingError, ReplayError or EmbeddedError that names the setting at fault. What was started is ended.
 */
export async function startDesk(options: DeskOptions): Promise<Desk> {
  const { settings, replay, version, clock, log } = options
  const { roles } = settings
  const endings = createEndings(log)
  try {
    // First what costs nothing: no server is started for a file, a port or a Redis that cannot be used.
    refuseAlone(settings)
    const source = await openSource(options)
    await tryPorts(settings, true)
    const folder = await lockDirectory(settings.dataDir, { setting: 'DATA_DIR', clock })
    endings.add(() => folder.release())
    await tryStore(settings, clock)

    const board = createBoard(clock)
    const ground = await openGround(options, board, endings)
    const { truth, store, db, state } = ground
    await seedAssets(db, state, source.assets)
    const demo = await seedDemo(db, state, clock, settings.dataDir)
    await seedMoney(db, state, clock, source.assets)
    if ('history' in source) for (const tick of source.history(clock.wall())) board.recordPast(tick)

    const isReplay = replay !== undefined
    const execution = openExecutor(options, ground, isReplay, endings)
    const feed = createFeed(source, board, state, log)
    const mode: DeskMode = {
      priceSource: replay ? 'replay' : 'simulator',
      store: store.kind,
      database: truth.kind,
      execution: execution.kind,
    }
    const parts = { db, state, executor: execution.executor, clock, random: systemRandom, log }
    const onStarted = endings.add
    if (roles.includes('worker'))
      await startWork({ ...parts, isAlone: settings.redisUrl === undefined, onStarted })
    const alertRules = [ownershipAlert(truth.database)]
    const { trading, fanOut, alerts } = startTrading({ ...parts, board, feed, alertRules, onStarted })
    const collector = collect(state, clock)
    endings.add(() => collector.close())
    // A login that everybody may read is for a desk that nobody else can reach.
    const isLocal = isLoopback(settings.host)
    const shownDemo = isLocal ? demo : null
    const shared = createSharedView(state, clock)
    const insight = createInsight({
      version,
      mode,
      demo: shownDemo,
      source,
      collector,
      shared,
      alerts,
      clock,
    })
    const secret =
      settings.jwtSecret ??
      (await keptSecret(settings.dataDir, 'jwt-secret', () => inventPassword() + inventPassword()))
    const checks = readinessChecks(truth.database, state, board, source)
    const health = await serveHealth(settings, { checks, clock, log }, endings)
    const server = await buildServer({
      db,
      state,
      board,
      feed,
      trading,
      fanOut,
      insight,
      clock,
      random: systemRandom,
      log,
      version,
      auth: { secret, ttlSeconds: settings.jwtTtlSeconds },
      checks,
      tradesPerMinute: settings.tradesPerMinute,
      isLocal,
    })
    endings.add(() => server.close())
    const url = await server.listen({ port: settings.port, host: settings.host }).catch((error: unknown) => {
      throw listenError(error, { ...settings, setting: 'PORT' })
    })

    const abort = new AbortController()
    const feedEnded = feed.run(abort.signal)
    // Told to whoever awaits `feedEnded`; that nobody does must not end the process.
    const feedSettled = feedEnded.catch((error: unknown) => log.error({ err: error }, 'the feed failed'))
    endings.add(() => {
      abort.abort()
      return feedSettled
    })
    const prices = replay ? `replay of ${replay.file}` : `simulator, seed '${settings.simulatorSeed}'`
    const about = { database: truth.about, store: store.about, prices, execution: execution.about }
    return { url, health, mode, demo, about, feedEnded, stop: endings.end }
  } catch (error) {
    await endings.end()
    throw error
  }
}

function openSource({ settings, replay, clock, onProgress }: DeskOptions): Promise<Replay> | Simulator {
  if (!replay) return createSimulator({ seed: settings.simulatorSeed, assets: DEMO_ASSETS, clock })
  return openReplay(replay, {
    clock,
    onProgress: (progress) => onProgress(progressLine(progress)),
    onSkipped: (line) => onProgress(`skipped ${skippedLine(line)}`),
  })
}
