import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { runProcess } from '../../runtime/process.ts'
import { formatBytes } from '../../terminal/format.ts'
import { formerData } from '../former.ts'
import { type Finding, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** What is left of runs that were killed, and what is kept from before. */

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** Work in progress bears these names, so one of a run that is at work just now is told as well. */
export async function examineRemains({ settings }: Patient): Promise<Finding> {
  const { dataDir, backupsDir } = settings
  const name = basename(dataDir)
  const [backups, beside] = await Promise.all([namesIn(backupsDir), namesIn(dirname(dataDir))])
  const partial = backups.filter(n => n.endsWith('.partial'))
  const restoring = beside.filter(n => n.startsWith(`${name}.restoring-`) && !/\.json(\.partial)?$/.test(n))
  const salvaging = beside.filter(n => n.startsWith(`${name}.salvage-`) && n.endsWith('.partial'))
  const all = [...partial, ...restoring, ...salvaging]
  if (all.length === 0) return ok('remains', 'none')
  const who = [
    ...(partial.length > 0 ? ['save'] : []),
    ...(restoring.length > 0 ? ['restore'] : []),
    ...(salvaging.length > 0 ? ['salvage'] : []),
  ]
  return note(
    'remains',
    `of a run that was killed, or is at work: ${all.join(', ')}`,
    `The next ${who.map(verb => `make ${verb}`).join(', ')} takes them away.`,
  )
}

/** A directory of the server's user tells its size to root only, and a big one takes its time. */
async function sizeOf(folder: string, signal: AbortSignal): Promise<string> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(1000)])
  const output = await runProcess(['du', '-sk', folder], { signal: limit }).catch(() => undefined)
  return output?.code === 0
    ? formatBytes(Number(output.stdout.split(/\s/)[0]) * 1024)
    : 'its size is not to be seen from here'
}

export async function examineFormer({ settings }: Patient, signal: AbortSignal): Promise<Finding> {
  const { dataDir } = settings
  const name = basename(dataDir)
  const salvaged = (await namesIn(dirname(dataDir)))
    .filter(n => /^\.salvage-\d{8}_\d{6}$/.test(n.slice(name.length)) && n.startsWith(name))
    .map(n => join(dirname(dataDir), n))
  const folders = [...(await formerData(dataDir)), ...salvaged]
  if (folders.length === 0) return ok('former', 'no data from before a restore')
  const sizes = await Promise.all(folders.map(folder => sizeOf(folder, signal)))
  return note(
    'former',
    `kept: ${folders.map((folder, i) => `${basename(folder)} (${sizes[i]})`).join(', ')}`,
    salvaged.length > 0
      ? 'When you are sure: make discard-former; of what was salvaged docs/SALVAGE.md says how to delete it.'
      : 'When you are sure: make discard-former',
  )
}
