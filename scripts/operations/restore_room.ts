import { existsSync } from 'node:fs'
import { readdir, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import type { RestorePlan } from '../plan/restore.ts'
import { restoredBytes } from '../plan/space.ts'
import { readManifest } from '../postgres/manifest.ts'
import { isLink } from '../settings/real_folder.ts'
import { formatBytes } from '../terminal/format.ts'

/** What has to hold of the places that a restore goes to, before anything there is changed. */

export async function isMountPoint(path: string): Promise<boolean> {
  if (!existsSync(path)) return false
  const [here, above] = await Promise.all([stat(path), stat(dirname(path))])
  return here.dev !== above.dev
}

/** Links are followed where settings are read: what is one still leads nowhere, and nothing can be put in its place. */
export function refuseDeadLink(target: string): void {
  if (!isLink(target)) return
  throw new ToolkitError('prerequisite', {
    what: `${target} is a link that leads to no folder.`,
    hint: 'Is the disk mounted that it leads to? ls -l shows where that is. Or restore to another folder: TARGET=…',
  })
}

/** A mount point cannot be renamed, and the folder beside it is on another disk. */
export function refuseMountPoint(target: string, inPlace: boolean, mounted: boolean): void {
  if (!mounted || inPlace) return
  throw new ToolkitError('usage', {
    what: `${target} is a disk of its own, so the former data cannot be kept beside it.`,
    hint: 'IN_PLACE=1 deletes what is there and restores into it. Or restore to another folder: TARGET=…',
  })
}

/** Another server than ours sees its own folders only. */
export function refuseUnplaced(
  { tablespaces, source }: RestorePlan,
  { takesTablespaces, words }: { takesTablespaces: boolean; words?: string },
): void {
  const unplaced = tablespaces.filter(t => !t.mapped)
  if (takesTablespaces || unplaced.length === 0) return
  throw new ToolkitError('usage', {
    what: `${source.id} has ${unplaced.length === 1 ? 'a tablespace' : `${unplaced.length} tablespaces`}, and ${words} has no place for them yet.`,
    hint: `Name a folder that it can see for each: TABLESPACE_MAP=${unplaced.map(t => `${t.oid}=/folder`).join(',')}`,
  })
}

export async function refuseUsedFolders({ tablespaces }: RestorePlan): Promise<void> {
  const mapped = tablespaces.filter(t => t.mapped)
  for (const { oid, folder } of mapped) {
    const entries = existsSync(folder) ? await readdir(folder) : []
    const twice = mapped.filter(t => t.folder === folder).length > 1
    if (entries.length === 0 && !twice) continue
    throw new ToolkitError('usage', {
      what: twice
        ? `TABLESPACE_MAP gives the folder ${folder} to more than one tablespace.`
        : `The folder ${folder} for tablespace ${oid} is not empty.`,
      hint: 'Name an empty one for each in TABLESPACE_MAP, or none at all.',
    })
  }
}

/**
 * The most that any backup can take here: what is free on the disks of these folders together. In place it is all
 * that they have, for what is there is deleted first.
 */
export async function mostRoom(folders: readonly string[], inPlace: boolean): Promise<number> {
  const disks = new Map<number, number>()
  for (const folder of folders.map(nearestExisting)) {
    const [{ dev }, { bavail, blocks, bsize }] = await Promise.all([stat(folder), statfs(folder)])
    disks.set(dev, (inPlace ? blocks : bavail) * bsize)
  }
  return [...disks.values()].reduce((sum, bytes) => sum + bytes, 0)
}

/** `freed` is what is deleted in place before the restore begins. */
export async function requireSpace(plan: RestorePlan, backup: PhysicalBackup, freed: number): Promise<void> {
  for (const { folder, needed } of await needs(plan, backup)) {
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize + (folder === plan.target ? freed : 0)
    if (free >= needed) continue
    throw new ToolkitError('space', {
      what: `Not enough space in ${folder}: what is restored there needs ${formatBytes(needed)}, ${formatBytes(free)} are free.`,
      hint: plan.inPlace
        ? 'Nothing was deleted. Free some space, or restore to another disk with TARGET=…'
        : 'Free some space (make discard-former deletes data from before earlier restores), restore to another\ndisk with TARGET=…, or let IN_PLACE=1 delete the present data first.',
    })
  }
}

/** Bytes that each disk has to take, told by a folder that is on it. */
async function needs(
  plan: RestorePlan,
  backup: PhysicalBackup,
): Promise<{ folder: string; needed: number }[]> {
  const sizes = await tablespaceBytes(plan, backup)
  const elsewhere = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
  const places = [
    { folder: plan.inPlace ? plan.target : dirname(plan.target), needed: plan.source.totalBytes - elsewhere },
    ...plan.tablespaces.map(({ oid, folder }) => ({ folder, needed: sizes.get(oid) ?? 0 })),
  ]
  const disks = new Map<number, { folder: string; needed: number }>()
  for (const place of places) {
    const folder = nearestExisting(place.folder)
    const { dev } = await stat(folder)
    const disk = disks.get(dev)
    if (disk) disk.needed += place.needed
    else disks.set(dev, { folder, needed: place.needed })
  }
  return [...disks.values()].map(({ folder, needed }) => ({ folder, needed: restoredBytes(needed) }))
}

/** What the manifest says of each tablespace; nothing where it does not say. */
async function tablespaceBytes(plan: RestorePlan, backup: PhysicalBackup): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  const { manifestPath } = backup.contents
  if (plan.tablespaces.length === 0 || manifestPath === undefined) return sizes
  const manifest = await readManifest(manifestPath).catch(() => undefined)
  for (const [path, { bytes }] of manifest?.files ?? []) {
    const oid = /^pg_tblspc\/(\d+)\//.exec(path)?.[1]
    if (oid !== undefined) sizes.set(oid, (sizes.get(oid) ?? 0) + bytes)
  }
  return sizes
}

function nearestExisting(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = dirname(folder)
  return folder
}
