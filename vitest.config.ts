import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes begin first: the last one to begin would be waited for by all the others. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const long = ({ moduleId }: TestSpecification) =>
      /kill_|two_at_once|awkward_names|documents\/quickstart/.test(moduleId)
    return [...sorted.filter(long), ...sorted.filter(file => !long(file))]
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
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
