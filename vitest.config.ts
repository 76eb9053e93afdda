import { defineConfig } from 'vitest/config'

// Tests run from the sources: no build in between. `holdfast-source` is the package's own export condition.
// Nothing more: Node gets this list too, and would `require` the ES module of packages that have both.
const conditions = ['holdfast-source', 'node']

// They replace a module, or the clock, before anybody has loaded it.
const APART = ['test/embedded/lock-file.test.ts', 'test/core/clock.test.ts']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // Most of a test's time goes by in servers and browsers that it waits for: one worker would leave a core idle.
    maxWorkers: 2,
    // A machine that stalls for seconds must not stop a release. What needed it is printed, and is a bug.
    retry: process.env.CI ? 1 : 0,
    // Many start whole desks with servers of their own: seconds each on a quiet machine, many more on a busy one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default'],
    // To load all kinds anew for each file would take longer than many of the tests.
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          globalSetup: ['test/servers/global-setup.ts'],
          isolate: false,
          include: ['test/**/*.test.ts', 'apps/desk/test/**/*.test.ts', 'apps/desk/web/test/**/*.test.ts'],
          exclude: APART,
        },
      },
      { extends: true, test: { name: 'apart', include: APART } },
    ],
  },
})
