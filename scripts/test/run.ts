import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { explain, describe as words } from '../errors.ts'
import { provideImage } from '../operations/image.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import { exitOf } from '../runtime/process.ts'
import { createLog } from '../terminal/log.ts'
import { createPrompt } from '../terminal/prompt.ts'

/** `make test`: sees to an image, then runs every test. Arguments go on to vitest. */
const signal = new AbortController().signal
const context = { log: createLog('normal'), prompt: createPrompt(signal), signal, progress: false }

const root = join(import.meta.dirname, '..', '..')
const vitest = (args: readonly string[], env: Record<string, string> = {}) =>
  exitOf(
    spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...env },
    }),
  )

try {
  const runtime = chooseRuntime({ runtime: 'auto' })
  await runtime.check(signal)
  const wanted = process.env.TEST_IMAGE
  const settings = { image: wanted ?? 'timescale/timescaledb:latest-pg17' }
  const image = await provideImage(
    runtime,
    { settings, named: wanted !== undefined, mayBuild: true },
    context,
  )
  process.exitCode = await vitest(process.argv.slice(2), { TEST_IMAGE: image.image })
} catch (thrown) {
  const error = explain(thrown)
  process.stderr.write(`${words(error)}\nThe tests that need no server run all the same:\n`)
  const unit = await vitest(['--project', 'unit'])
  // Without an engine most of the tests did not run: that is not a pass.
  process.exitCode = unit || 5
}
