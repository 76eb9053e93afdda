/** What must compile, and what must not: an unused `@ts-expect-error` is itself an error. Nothing here runs. */
import { redisStore } from 'holdfast/redis'

const nodes = [{ host: '127.0.0.1', port: 6379 }]

export function stores(): void {
  redisStore({ url: 'redis://localhost', namespace: 'desk' })
  redisStore({ sentinel: { name: 'mymaster', nodes }, commandTimeout: '2s' })
  redisStore({ cluster: { nodes, password: 'secret', tls: true }, connectTimeout: '10s' })

  // @ts-expect-error -- which Redis?
  redisStore({})
  // @ts-expect-error -- one of them
  redisStore({ url: 'redis://localhost', cluster: { nodes } })
  // @ts-expect-error -- one of them
  redisStore({ sentinel: { name: 'mymaster', nodes }, cluster: { nodes } })
  // @ts-expect-error -- Sentinels watch over groups by name
  redisStore({ sentinel: { nodes } })
  // @ts-expect-error -- a Cluster has one database
  redisStore({ cluster: { nodes, database: 1 } })
  // @ts-expect-error -- nodes are no URLs
  redisStore({ cluster: { nodes: ['redis://localhost'] } })
}
