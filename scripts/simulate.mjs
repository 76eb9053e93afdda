// Loads the simulator from the sources, and runs it.
import { createViteServer } from 'vitest/node'

const conditions = ['holdfast-source', 'node']
const server = await createViteServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  optimizeDeps: { noDiscovery: true },
  resolve: { conditions },
  ssr: { resolve: { conditions }, noExternal: ['holdfast'] },
})
try {
  const { simulate } = await server.ssrLoadModule('/test/simulation/strong/command.ts')
  process.exitCode = await simulate(process.argv.slice(2))
} finally {
  await server.close()
}
