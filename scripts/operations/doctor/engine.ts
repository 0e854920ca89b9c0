import { explain } from '../../errors.ts'
import { whyRuntime } from '../../runtime/choose.ts'
import { ownContainers } from '../../runtime/examine.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { type Finding, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Where PostgreSQL runs: which runtime, its engine, and what of ours is in it. */

export async function examineRuntime({ runtime, settings, record }: Patient): Promise<Finding> {
  const says = `${runtime.kind}, because ${whyRuntime(settings)}`
  const made = (await record)?.runtime
  if (made === undefined || made === runtime.kind) return ok('runtime', says)
  return note('runtime', `${says}; the data was made with ${made}`, `RUNTIME=${made} in db/.env`)
}

/** Nothing works without it: what it misses is told as the error that a command would end with. */
export async function examineEngine(
  { runtime, engine: details }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const { engine, version, desktop } = await runtime.check(signal)
    const says = `${engine} ${version}${desktop ? ' (Docker Desktop)' : ''}`
    const more = await details
    if (more === undefined) return ok('engine', says)
    return ok('engine', `${says}, ${more.storage}, ${more.rootless ? 'rootless' : 'as root'}`)
  } catch (thrown) {
    if (signal.aborted) throw thrown
    const { message, hint, kind } = explain(thrown)
    return { check: 'engine', state: 'missing', says: message, kind, ...(hint && { hint }) }
  }
}

/** What may keep a container from a folder although its owner and mode are right. */
export async function examineLabels({ settings, engine }: Patient): Promise<Finding> {
  const details = await engine
  if (details === undefined) return ok('labels', 'no containers')
  const { security, desktop, rootless } = details
  const says = security.join(', ') || 'none'
  if (desktop)
    return note(
      'labels',
      `${says}; Docker Desktop sees the folders only that it shares`,
      `Settings → Resources → File sharing must have ${settings.dataDir} and ${settings.backupsDir}, or a folder above.`,
    )
  if (security.includes('selinux'))
    return note(
      'labels',
      says,
      `Where a container may not read its folder: sudo chcon -Rt container_file_t ${shellWord(settings.dataDir)}`,
    )
  return ok('labels', `${says}${rootless ? '; the root of a container is you' : ''}`)
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Programs are named after the process that started them: where that is gone, nobody waits for them. */
export const isOrphan = (name: string, alive = isAlive): boolean => {
  const pid = /^toolkit-.+-(\d+)-[0-9a-f]{6}$/.exec(name)?.[1]
  return pid !== undefined && !alive(Number(pid))
}

export async function examineContainers(
  { runtime, settings }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  if (runtime.kind !== 'docker') return ok('containers', 'none')
  const all = await ownContainers(signal)
  const databases = all.filter(c => c.role === 'database')
  const orphans = all.filter(c => c.role === 'program' && isOrphan(c.name)).map(c => c.name)
  const stopped = databases.filter(c => !c.running && c.name !== settings.container).map(c => c.name)
  const running = databases.filter(c => c.running).length
  if (orphans.length > 0)
    return note(
      'containers',
      `left over from runs that were killed: ${orphans.join(', ')}`,
      `docker rm --force ${orphans.join(' ')}`,
    )
  if (stopped.length > 0)
    return note(
      'containers',
      `databases of ours that ended by themselves: ${stopped.join(', ')}`,
      `make logs CONTAINER=… DATA_DIR=… tells why. The data is not in them: docker rm ${stopped.join(' ')}`,
    )
  return ok('containers', `${running} of ours running`)
}
