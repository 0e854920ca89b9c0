import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDumpId } from '../catalog/dump.ts'
import { renameDurably } from '../catalog/durable.ts'
import { openMetadata } from '../catalog/metadata.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'

/** By which a killed run's pg_dump is found again. */
export const dumpProgram = 'dump'

const partial = '.partial'
const described = `.metadata.json${partial}`

/**
 * What a killed run left: we hold the lock, so nobody is writing it. What is described is whole, for it was read
 * through before: then what still lacks its name gets it.
 */
export async function clearRemains(runtime: Runtime, backupsDir: string, log: Context['log']): Promise<void> {
  await runtime.stopOrphans(dumpProgram, backupsDir)
  const names = await readdir(backupsDir)
  for (const name of names.filter(name => name.endsWith(described))) await finish(backupsDir, name, log)
  for (const name of await readdir(backupsDir)) {
    if (!name.endsWith(partial) || !isDumpId(idOf(name))) continue
    log.warn(`Removing ${name}, which an earlier run left unfinished.`)
    await rm(join(backupsDir, name), { recursive: true, force: true })
  }
}

const ending = /\.(dump|sql(\.(zst|gz|lz4))?|roles\.sql|metadata\.json|verified\.json)\.partial$/
const idOf = (name: string): string => name.replace(ending, '')

async function finish(backupsDir: string, name: string, log: Context['log']): Promise<void> {
  const path = join(backupsDir, name)
  const final = path.slice(0, -partial.length)
  // Not written to its end: an unfinished one.
  const described = await readFile(path, 'utf8')
    .then(openMetadata)
    .catch(() => undefined)
  if (described?.kind !== 'dump' || existsSync(final)) return
  const { id, files, backup_file, roles_file } = described
  const own = [backup_file, ...(roles_file === null ? [] : [roles_file])].map(file => join(backupsDir, file))
  const unnamed = own.filter(file => !existsSync(file) && existsSync(`${file}${partial}`))
  const whereIs = (file: string) => {
    const holder = unnamed.find(path => file === path || file.startsWith(`${path}/`))
    return holder === undefined ? file : `${holder}${partial}${file.slice(holder.length)}`
  }
  for (const { name: file, bytes } of files) {
    const found = await stat(whereIs(join(backupsDir, file))).catch(() => undefined)
    if (found?.size !== bytes) return
  }
  for (const file of unnamed) await renameDurably(`${file}${partial}`, file)
  await renameDurably(path, final)
  log.warn(`An earlier run was cut off when ${id} was complete but for its name: it has it now.`)
}
