import { defineConfig } from 'vitest/config'
import shared from './vitest.config.ts'

const { projects: _, ...test } = shared.test ?? {}

// The tests of `npm run check`: style and documents. They need no server.
export default defineConfig({
  ...shared,
  test: { ...test, include: ['test/tidy.test.ts', 'test/docs/**/*.test.ts'] },
})
