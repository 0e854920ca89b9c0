import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['scripts/**/*.test.ts', 'example-app/**/*.test.ts'],
          exclude: ['scripts/test/**', '**/node_modules/**'],
          // Nothing here changes what another file sees, and a process for each costs more than the tests.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real servers: they wait more than they work, so there are more of them than cores; and patience.
        test: {
          name: 'scenarios',
          include: ['scripts/test/**/*.test.ts'],
          globalSetup: 'scripts/test/setup.ts',
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
