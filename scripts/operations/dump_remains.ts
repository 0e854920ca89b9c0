import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDumpId } from '../catalog/dump.ts'
import { fsyncPath } from '../catalog/durable.ts'
import { openMetadata } from '../catalog/metadata.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'

/** By which a killed run's pg_dump is found again. */
export const dumpProgram = 'dump'

const partial = '.partial'
const described = `.metadata.json${partial}`

/**
 * What a killed run left: we hold the lock, so nobody is writing it. A dump that has its name but not yet its
 * description was whole before it got the name: then the description gets its name too.
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

const idOf = (name: string): string => name.replace(/\.(dump|sql|roles|metadata|verified)\b.*$/, '')

async function finish(backupsDir: string, name: string, log: Context['log']): Promise<void> {
  const path = join(backupsDir, name)
  try {
    const { kind, files, id } = openMetadata(await readFile(path, 'utf8'))
    const sizes = files.map(async file => (await stat(join(backupsDir, file.name))).size === file.bytes)
    if (kind !== 'dump' || !(await Promise.all(sizes)).every(Boolean)) return
    const final = path.slice(0, -partial.length)
    if (existsSync(final)) return
    await rename(path, final)
    await fsyncPath(backupsDir)
    log.warn(`An earlier run was cut off when ${id} was complete but for its last rename: that is done now.`)
  } catch {
    // Not written to its end, or without its dump: an unfinished one.
  }
}
