import { type Clock, systemRandom } from 'holdfast'
import { lockDirectory } from 'holdfast/embedded'
import { collect } from 'holdfast/observe'
import type { Logger } from 'pino'
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
import { openExecution } from './execution.ts'
import { createInsight, type DemoLogin, type DeskMode } from './insight.ts'
import { isLoopback } from './loopback.ts'
import { ownershipAlert } from './ownership-alert.ts'
import { listenError, tryPort } from './port.ts'
import { keptSecret } from './secrets.ts'
import { seedAssets, seedDemo } from './seed.ts'
import { seedMoney } from './seed-money.ts'
import type { Settings } from './settings.ts'
import type { SharedLog } from './shared-log.ts'
import { createSharedView } from './shared-view.ts'
import { startTrading } from './start-trading.ts'
import { openState } from './state.ts'
import { redisError, startStore, tryStore } from './store.ts'
import { startTruth } from './truth.ts'

/** How to start a desk. */
export interface DeskOptions {
  readonly settings: Settings
  /** Undefined: the simulator. */
  readonly replay: ReplayOptions | undefined
  readonly version: string
  readonly clock: Clock
  readonly log: Logger
  /** Where `log` writes to, to share it among processes. Left out, it is not shared. */
  readonly sharedLog?: SharedLog
  /** Told what takes time while starting, and how a replay gets on. */
  readonly onProgress: (line: string) => void
}

/** A desk that runs. */
export interface Desk {
  readonly url: string
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
 * Starts everything, each part when those that it needs are ready.
 *
 * @throws SettingError, ReplayError or EmbeddedError that names the setting at fault. What was started is ended.
 */
export async function startDesk(options: DeskOptions): Promise<Desk> {
  const { settings, replay, version, clock, log, onProgress } = options
  const endings: (() => Promise<unknown> | void)[] = []
  const endAll = async (): Promise<void> => {
    for (const end of endings.toReversed()) {
      try {
        await end()
      } catch (error) {
        log.error({ err: error }, 'something did not end cleanly')
      }
    }
  }
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => (ending ??= endAll())
  try {
    // First what costs nothing: no server is started for a file, a port or a Redis that cannot be used.
    const source = await openSource(options)
    await tryPort(settings)
    const folder = await lockDirectory(settings.dataDir, { setting: 'DATA_DIR', clock })
    endings.push(() => folder.release())
    await tryStore(settings, clock)

    const truth = await startTruth(settings, clock, onProgress)
    endings.push(() => truth.stop())
    const store = await startStore(settings, truth.database, clock, onProgress)
    endings.push(() => store.stop())

    const { db } = truth.database
    const board = createBoard(clock)
    const state = await openState(store.factory, { db, board }, clock).catch((error: unknown) => {
      throw settings.redisUrl === undefined ? error : redisError(error)
    })
    endings.push(() => state.close())
    options.sharedLog?.attach(state)
    await seedAssets(db, state, source.assets)
    const demo = await seedDemo(db, state, clock, settings.dataDir)
    await seedMoney(db, state, clock, source.assets)
    if ('history' in source) for (const tick of source.history(clock.wall())) board.recordPast(tick)

    const isReplay = replay !== undefined
    const execution = openExecution(settings, { databaseUrl: truth.url, isReplay, clock })
    endings.push(() => execution.executor.close())
    const feed = createFeed(source, board, state, log)
    const mode: DeskMode = {
      priceSource: replay ? 'replay' : 'simulator',
      store: store.kind,
      database: truth.kind,
      execution: execution.kind,
    }
    const { trading, fanOut, alerts } = await startTrading({
      db,
      state,
      board,
      feed,
      executor: execution.executor,
      clock,
      random: systemRandom,
      log,
      isAlone: settings.redisUrl === undefined,
      alertRules: [ownershipAlert(truth.database)],
      onStarted: (end) => endings.push(end),
    })
    const collector = collect(state, clock)
    endings.push(() => collector.close())
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
      checks: readinessChecks(truth.database, state, board, source),
      tradesPerMinute: settings.tradesPerMinute,
      isLocal,
    })
    endings.push(() => server.close())
    const url = await server.listen({ port: settings.port, host: settings.host }).catch((error: unknown) => {
      throw listenError(error, settings)
    })

    const abort = new AbortController()
    const feedEnded = feed.run(abort.signal)
    // Told to whoever awaits `feedEnded`; that nobody does must not end the process.
    const feedSettled = feedEnded.catch((error: unknown) => log.error({ err: error }, 'the feed failed'))
    endings.push(() => {
      abort.abort()
      return feedSettled
    })
    const prices = replay ? `replay of ${replay.file}` : `simulator, seed '${settings.simulatorSeed}'`
    const about = { database: truth.about, store: store.about, prices, execution: execution.about }
    return { url, mode, demo, about, feedEnded, stop }
  } catch (error) {
    await stop()
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
