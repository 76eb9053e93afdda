import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { App } from './app.ts'

// Built by Vite into `dist/web`; the same place seen from `src` and from `dist`.
const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url))

const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

/** The dashboard in `folder` at `/`. Without a built one the API runs alone. */
export async function dashboardRoutes(app: App, folder: string = BUILT): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) => {
      return reply
        .type('text/plain; charset=utf-8')
        .send('The dashboard is not built. Run: npm run build\nThe API is documented at /docs\n')
    })
    return
  }
  await app.register(fastifyStatic, {
    root: folder,
    // Said below: the plugin's own header would win.
    cacheControl: false,
    setHeaders(response, path) {
      response.setHeader('content-security-policy', POLICY)
      response.setHeader('referrer-policy', 'no-referrer')
      // Built names hold a hash of their content; the page that names them does not.
      const immutable = path.startsWith(join(folder, 'assets/'))
      response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
