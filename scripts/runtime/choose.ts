import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { dockerRuntime } from './docker/docker.ts'
import { engineProgram } from './docker/engine.ts'
import { localRuntime } from './local/local.ts'
import type { Runtime } from './runtime.ts'

export type RuntimeWish = {
  runtime: 'auto' | 'docker' | 'local'
  pgBin?: string | undefined
  dataDir?: string
}

/**
 * The runtime that RUNTIME names; callers never ask which one it is. auto: the one that made the data, so that nobody
 * is told that his database is not there; else docker where it is installed, else this machine's own PostgreSQL.
 */
export function chooseRuntime(wish: RuntimeWish): Runtime {
  const { wanted, forWantOfAnEngine = false } = decide(wish)
  return wanted === 'local' ? localRuntime({ pgBin: wish.pgBin, forWantOfAnEngine }) : dockerRuntime
}

type Decision = { wanted: string; why: string; forWantOfAnEngine?: boolean }

function decide({ runtime, dataDir }: RuntimeWish): Decision {
  if (runtime !== 'auto') return { wanted: runtime, why: 'RUNTIME says so' }
  const made = recorded(dataDir)
  if (made !== undefined) return { wanted: made, why: 'the data was made with it' }
  return hasEngine()
    ? { wanted: 'docker', why: `${engineProgram()} is installed` }
    : { wanted: 'local', why: `there is no ${engineProgram()}`, forWantOfAnEngine: true }
}

/** Why it is that one. */
export const whyRuntime = (wish: RuntimeWish): string => decide(wish).why

/** What the record beside the data directory says; one that is damaged is refused by whoever needs it. */
function recorded(dataDir: string | undefined): string | undefined {
  try {
    return JSON.parse(readFileSync(`${dataDir}.cluster.json`, 'utf8')).runtime
  } catch {
    return undefined
  }
}

/** Who names an engine in DOCKER means it, whether it is there or not. */
export const hasEngine = (): boolean =>
  Boolean(process.env.DOCKER) ||
  (process.env.PATH ?? '')
    .split(delimiter)
    .some(folder => folder && existsSync(join(folder, engineProgram())))
