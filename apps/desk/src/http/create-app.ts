import fastify, { type FastifyBaseLogger, LogController } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Clock, Timer } from 'holdfast'
import type { Logger } from 'pino'
import { answerClientError, answerFailures, answerUnrouted } from './answer-failures.ts'
import type { App } from './app.ts'

const LARGEST_BODY_BYTES = 64 * 1_024
const LONGEST_PARAMETER = 256
const REQUEST_TIMEOUT_MS = 30_000
/** What is being answered when the desk stops may go on for so long. */
const DRAIN_MS = 5_000

/** A server without routes: with the bounds, the refusals and the end that every one of the desk has. */
export function createApp({ clock, log }: { readonly clock: Clock; readonly log: Logger }): App {
  const logger: FastifyBaseLogger = log
  const app: App = fastify({
    loggerInstance: logger,
    bodyLimit: LARGEST_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerUnrouted,
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  // Only JSON has a meaning here; Fastify would take any text.
  app.removeContentTypeParser('text/plain')
  answerFailures(app)
  drainQuickly(app, clock)
  app.addHook('onRequest', async ({ url }, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    // The files of the dashboard and the documentation say for themselves how long they keep.
    if (/^\/(api|health)\//.test(url)) reply.header('cache-control', 'no-store')
  })
  return app
}

/**
 * Closing waits for what is being answered: not for the connection to be used again, and not for ever for a client
 * that has begun a request and does not end it.
 */
function drainQuickly(app: App, clock: Clock): void {
  let limit: Timer | undefined
  app.addHook('preClose', async () => {
    limit = clock.after(DRAIN_MS, () => app.server.closeAllConnections())
  })
  app.addHook('onSend', async (_request, reply) => {
    if (limit) reply.header('connection', 'close')
  })
  app.addHook('onClose', async () => limit?.cancel())
}
