import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { dockerRuntime } from './docker/docker.ts'
import { engineProgram } from './docker/engine.ts'
import { localRuntime } from './local/local.ts'
import type { Runtime } from './runtime.ts'

export type RuntimeWish = { runtime: 'auto' | 'docker' | 'local'; pgBin?: string | undefined }

/**
 * The runtime that RUNTIME names; callers never ask which one it is. auto: docker where it is installed, though it may
 * not be running, for whose data is in containers must not find an empty cluster beside it; else this machine's own.
 */
export function chooseRuntime({ runtime, pgBin }: RuntimeWish): Runtime {
  const local = runtime === 'local' || (runtime === 'auto' && !hasEngine())
  return local ? localRuntime(pgBin) : dockerRuntime
}

/** Who names an engine in DOCKER means it, whether it is there or not. */
const hasEngine = (): boolean =>
  Boolean(process.env.DOCKER) ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder && existsSync(join(folder, engineProgram())))
