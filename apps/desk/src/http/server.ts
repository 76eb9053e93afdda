import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Clock, Random } from 'holdfast'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import type { Board } from '../market/board.ts'
import type { Feed } from '../market/feed.ts'
import type { Insight } from '../ops/insight.ts'
import type { DeskState } from '../ops/state.ts'
import type { FanOut } from '../trading/signals/fan-out.ts'
import type { Trading } from '../trading/trading.ts'
import { streamRoutes } from '../ws/stream.ts'
import { agentRoutes } from './agents.ts'
import type { App } from './app.ts'
import { authRoutes } from './auth.ts'
import { autoBuyRoutes } from './auto-buys.ts'
import { configRoutes } from './config.ts'
import { createApp } from './create-app.ts'
import { dashboardRoutes } from './dashboard.ts'
import { depositRoutes } from './deposits.ts'
import { featureRoutes } from './features.ts'
import { type Check, healthRoutes } from './health.ts'
import { holdingsRoutes } from './holdings.ts'
import { insightRoutes } from './insight.ts'
import { leaderboardRoutes } from './leaderboard.ts'
import { logStream } from './log-stream.ts'
import { logRoutes } from './logs.ts'
import { marketRoutes } from './market.ts'
import { notificationRoutes } from './notifications.ts'
import { preferenceRoutes } from './preferences.ts'
import { sessionRoutes } from './sessions.ts'
import { signalRoutes } from './signals.ts'
import { createTokens, type TokenOptions } from './tokens.ts'
import { tradeRoutes } from './trades.ts'
import { venueRoutes } from './venues.ts'
import { visitorRoutes } from './visitors.ts'

/** What the API serves. */
export interface ServerParts {
  readonly db: Database
  readonly state: DeskState
  readonly board: Board
  readonly feed: Feed
  readonly trading: Trading
  readonly fanOut: FanOut
  readonly insight: Insight
  readonly checks: readonly Check[]
  readonly auth: Pick<TokenOptions, 'secret' | 'ttlSeconds'>
  /** Of one user. */
  readonly tradesPerMinute: number
  /** Nobody but this machine reaches the desk: it shows its log. */
  readonly isLocal: boolean
  /** The folder of the built dashboard. Default: where the build puts it. */
  readonly dashboard?: string
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

/** The API, its documentation and the dashboard; not yet listening. */
export async function buildServer(parts: ServerParts): Promise<App> {
  const { db, state, board, feed, insight, clock, random, auth, checks, dashboard, version, log } = parts
  const app = createApp({ clock, log })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast desk', version, description: 'A trading desk: prices, agents, trades.' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })

  const tokens = await createTokens(app, state, { ...auth, clock })
  authRoutes(app, { db, state, tokens, clock })
  sessionRoutes(app, { state, tokens, random })
  marketRoutes(app, { state, board, feed })
  agentRoutes(app, { db, state, tokens })
  const desk = { ...parts, tokens }
  configRoutes(app, desk)
  holdingsRoutes(app, desk)
  depositRoutes(app, desk)
  tradeRoutes(app, desk)
  autoBuyRoutes(app, desk)
  signalRoutes(app, desk)
  preferenceRoutes(app, desk)
  notificationRoutes(app, desk)
  leaderboardRoutes(app, desk)
  featureRoutes(app, desk)
  venueRoutes(app, desk)
  visitorRoutes(app, desk)
  if (parts.isLocal) {
    logRoutes(app, desk)
    logStream(app, desk)
  }
  insightRoutes(app, insight)
  healthRoutes(app, { checks, clock, log })
  await streamRoutes(app, { ...parts, tokens })
  await dashboardRoutes(app, dashboard)
  return app
}
