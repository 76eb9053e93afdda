import { defineConfig } from 'vitest/config'

// Tests run from the sources: no build in between. `holdfast-source` is the package's own export condition.
const conditions = ['holdfast-source', 'node', 'import', 'module', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts', 'apps/desk/test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    reporters: ['default'],
  },
})
