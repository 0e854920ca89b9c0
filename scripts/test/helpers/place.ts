import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { localRuntime } from '../../runtime/local/local.ts'
import type { ImageFacts } from '../../runtime/runtime.ts'

/**
 * Where the scenarios run: TEST_RUNTIME, else in containers where an engine answers, else with the PostgreSQL of this
 * machine. Asked once for each file, before its tests have names.
 */
export const testRuntime: 'docker' | 'local' = chosen()
export const noEngine = testRuntime === 'local'
/** For the name of a test that is about containers or images. */
export const whyNoEngine = noEngine ? ' (not run: it is about containers, and no engine is used here)' : ''

export const docker = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.env.DOCKER || 'docker', args, { maxBuffer: 1 << 26 })).stdout.trim()

/** The image of the tests, or the folder with the programs. */
export const image = noEngine
  ? (process.env.PG_BIN ?? (await installed())?.image ?? '')
  : (process.env.TEST_IMAGE ?? 'timescaledb-toolkit/postgres:17')

/** PostgreSQL of this machine, for the tests of RUNTIME=local; undefined where none with a server is installed. */
export const local: ImageFacts | undefined = await installed()
export const whyNoLocal = local ? '' : ' (not run: this machine has no PostgreSQL 15 or newer)'

const facts = noEngine ? local : undefined
/** What the image has of TimescaleDB; in containers it is always there. */
export const noTimescale = noEngine && facts?.timescaledbEdition === 'none'
/** The major version that the scenarios work with. */
export const major = facts?.major ?? 17

async function installed(): Promise<ImageFacts | undefined> {
  const pgBin = process.env.PG_BIN
  return (await localRuntime({ pgBin }).images.installed()).find(found => found.hasServer)
}

function chosen(): 'docker' | 'local' {
  const wanted = process.env.TEST_RUNTIME
  if (wanted === 'docker' || wanted === 'local') return wanted
  const engine = process.env.DOCKER || 'docker'
  try {
    execFileSync(engine, ['version', '--format', '{{.Server.Version}}'], { stdio: 'pipe' })
    return 'docker'
  } catch {
    return 'local'
  }
}
