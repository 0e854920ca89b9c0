import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { explain, ToolkitError, describe as words } from '../errors.ts'
import { provideImage } from '../operations/image.ts'
import { describeInstallation } from '../plan/place.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import { dockerRuntime } from '../runtime/docker/docker.ts'
import { localRuntime } from '../runtime/local/local.ts'
import { exitOf } from '../runtime/process.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { createLog } from '../terminal/log.ts'
import { createPrompt } from '../terminal/prompt.ts'

/**
 * `make test`: sees to an image, or to the PostgreSQL of this machine where no engine answers, then runs every test.
 * TEST_RUNTIME=docker or local says which. Arguments go on to vitest.
 */
const signal = new AbortController().signal
const context = { log: createLog('normal'), prompt: createPrompt(signal), signal, progress: false }
const pgBin = process.env.PG_BIN

const root = join(import.meta.dirname, '..', '..')
/** What make tells the makes that it starts is not meant for those that a test starts. */
const ofMake = { MAKEFLAGS: undefined, MFLAGS: undefined, MAKELEVEL: undefined, TOOLKIT_MAKE_LINE: undefined }

const vitest = (args: readonly string[], env: Record<string, string> = {}) =>
  exitOf(
    spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...ofMake, ...env },
    }),
  )

/** An engine that answers, else PostgreSQL of this machine. */
async function choose(wanted: string | undefined): Promise<Runtime> {
  if (wanted === 'docker') return dockerRuntime
  if (wanted === 'local') return localRuntime({ pgBin })
  if (wanted !== undefined && wanted !== '')
    throw new ToolkitError('usage', { what: `TEST_RUNTIME is docker or local, not “${wanted}”.` })
  const engine = await dockerRuntime.check(signal).catch((error: unknown) => explain(error).message)
  if (typeof engine !== 'string') return dockerRuntime
  context.log.step(`${engine} The tests use the PostgreSQL of this machine.`)
  return localRuntime({ pgBin, forWantOfAnEngine: chooseRuntime({ runtime: 'auto' }).kind === 'local' })
}

async function provide(runtime: Runtime): Promise<Record<string, string>> {
  await runtime.check(signal)
  const wanted = process.env.TEST_IMAGE
  const settings = { image: wanted ?? 'timescale/timescaledb:latest-pg17' }
  const wish = { settings, named: wanted !== undefined, mayBuild: true }
  const image = await provideImage(runtime, wish, context)
  if (runtime.kind === 'docker') return { TEST_RUNTIME: 'docker', TEST_IMAGE: image.image }
  context.log.step(describeInstallation(image))
  return { TEST_RUNTIME: 'local', PG_BIN: image.image }
}

try {
  const env = await provide(await choose(process.env.TEST_RUNTIME))
  process.exitCode = await vitest(process.argv.slice(2), env)
} catch (thrown) {
  const error = explain(thrown)
  process.stderr.write(`${words(error)}\nThe tests that need no server run all the same:\n`)
  const unit = await vitest(['--project', 'unit'])
  // Without a server most of the tests did not run: that is not a pass.
  process.exitCode = unit || 5
}
