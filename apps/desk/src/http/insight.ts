import { z } from 'zod'
import { ALERT_CODES } from '../ops/alerts.ts'
import type { Insight } from '../ops/insight.ts'
import { namesLoopback } from '../ops/loopback.ts'
import type { App } from './app.ts'

const Latency = z.object({ p50: z.number(), p99: z.number() }).nullable()
const StateView = z
  .object({
    uptimeMs: z.number(),
    store: z.string(),
    tiers: z.array(z.string()),
    keyspaces: z.array(
      z.object({
        name: z.string(),
        kind: z.string(),
        key: z.string(),
        about: z.string(),
        ttlMs: z.number().nullable(),
        details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
        l1: z.object({ entries: z.number(), maxEntries: z.number() }).nullable(),
        counts: z.record(z.string(), z.number()),
        hitRatio: z.number().nullable(),
        readMs: Latency,
        loadMs: Latency,
        shared: z
          .object({
            hitRatio: z.number().nullable(),
            lastRefreshAgeMs: z.number().nullable(),
            size: z.object({ keys: z.number(), bytes: z.number().nullable() }).nullable(),
          })
          .nullable()
          .meta({
            description:
              'What the store knows of it, as of some seconds ago, sizes as of a minute ago: of all desks together',
          }),
      }),
    ),
  })
  .meta({ id: 'State' })
const Status = z
  .object({
    version: z.string(),
    mode: z.object({
      priceSource: z.enum(['simulator', 'replay']),
      store: z.enum(['redis', 'memory']),
      database: z.enum(['embedded', 'external']),
      execution: z.enum(['paper', 'venue']),
    }),
    replay: z
      .object({
        file: z.string(),
        symbol: z.string(),
        speed: z.union([z.number(), z.literal('max')]),
        eventTime: z.number().nullable(),
        share: z.number(),
        ticks: z.number(),
        malformed: z.number(),
        loops: z.number(),
        done: z.boolean(),
      })
      .nullable(),
    demo: z.object({ email: z.string(), password: z.string() }).nullable(),
    alerts: z.array(
      z.object({
        code: z.enum(ALERT_CODES),
        severity: z.enum(['warning', 'critical']),
        message: z.string(),
        since: z.number(),
      }),
    ),
  })
  .meta({ id: 'Status' })

/** What the desk says about itself: in general, and keyspace by keyspace. Public. */
export function insightRoutes(app: App, insight: Insight): void {
  app.route({
    method: 'GET',
    url: '/api/v1/status',
    schema: {
      tags: ['desk'],
      summary: 'What is real and what is embedded',
      description:
        'With the login of the demo, for a request that names this machine: localhost, 127.0.0.1, [::1].',
      response: { 200: Status },
    },
    handler: async ({ headers: { host } }) => ({
      ...insight.status(),
      demo: namesLoopback(host) ? insight.demo : null,
    }),
  })
  app.route({
    method: 'GET',
    url: '/api/v1/state',
    schema: {
      tags: ['desk'],
      summary: 'Every keyspace: hits, misses, latency',
      response: { 200: StateView },
    },
    handler: async () => insight.state(),
  })
}
