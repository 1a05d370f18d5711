import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// So long only what hangs takes: a machine may be busy with others' work.
const shared = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    // Most of the time they wait, for processes, disks and the clock.
    maxWorkers: availableParallelism() + 1,
    projects: [
      { test: { ...shared, name: 'house', include: ['test/house/**/*.test.ts'] } },
      {
        test: {
          ...shared,
          name: 'node',
          // Tests start the service and the client often: types are stripped once for all of them.
          env: {
            NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/procura-test'),
          },
          setupFiles: ['test/answers/setup.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/house/**', 'node_modules/**'],
        },
      },
    ],
  },
})
