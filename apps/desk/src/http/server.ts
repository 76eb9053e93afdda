import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type FastifyBaseLogger } from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Logger } from 'pino'
import type { Database } from '../db/database.ts'
import { type StreamParts, streamRoutes } from '../ws/stream.ts'
import { agentRoutes } from './agents.ts'
import type { App } from './app.ts'
import { type AuthOptions, authRoutes } from './auth.ts'
import { dashboardRoutes } from './dashboard.ts'
import { type Check, healthRoutes } from './health.ts'
import { insightRoutes } from './insight.ts'
import { marketRoutes } from './market.ts'
import { installProblems } from './problem.ts'

/** What the API serves. */
export interface ServerParts extends StreamParts {
  readonly db: Database
  readonly auth: Pick<AuthOptions, 'secret' | 'ttlSeconds'>
  readonly checks: readonly Check[]
  readonly version: string
  readonly log: Logger
}

const LARGEST_BODY_BYTES = 64 * 1_024
const REQUEST_TIMEOUT_MS = 30_000

/** The API, its documentation and the dashboard; not yet listening. */
export async function buildServer(parts: ServerParts): Promise<App> {
  const { db, state, board, insight, clock, auth, checks, version, log } = parts
  const app: App = fastify({
    loggerInstance: log as FastifyBaseLogger,
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    disableRequestLogging: true,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  installProblems(app)

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Holdfast desk', version, description: 'A trading desk: prices, candles, agents.' },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })

  await authRoutes(app, { db, clock, ...auth })
  marketRoutes(app, { state, board })
  agentRoutes(app, { db, state })
  insightRoutes(app, insight)
  healthRoutes(app, checks)
  await streamRoutes(app, parts)
  await dashboardRoutes(app)
  return app
}
