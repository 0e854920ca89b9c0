import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Backup, type DumpBackup, isId, listBackups } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { exitCodes, explain, ToolkitError } from '../errors.ts'
import { applyRetention, type Kept, type RetentionRules } from '../plan/retention.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { isLink } from '../settings/real_folder.ts'
import { formatBytes, formatTable } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { removeBackup } from './delete.ts'

/** A backup, what the rules say of it and why, and what became of it. */
export type CleanedBackup = {
  id: string
  kind: Kept['kind']
  type: Kept['type']
  database: string | null
  at: string
  backup_size_bytes: number
  action: 'keep' | 'remove'
  reasons: string[]
  removed: boolean
  /** Why it is still there although it was to be removed. */
  left: string | null
}

export type CleanupResult = {
  backups_dir: string
  dry_run: boolean
  /** What is kept, newest first; then what is removed, in that order. */
  backups: CleanedBackup[]
  freed_bytes: number
}

type Judged = { backup: Backup; parent: string | null; row: CleanedBackup }

/**
 * Removes the old backups of a folder by the rules of the settings, after asking. One that is being read is left, and
 * the others go on: that is in the result.
 * @throws ToolkitError usage, prerequisite, locked, interrupted
 */
export async function cleanupBackups(settings: Settings, context: Context): Promise<CleanupResult> {
  const { backupsDir, dryRun } = settings
  if (!dryRun) await finishEarlier(backupsDir, context)
  const now = new Date()
  const judged = await judge(settings, now)
  const going = judged.filter(({ row }) => row.action === 'remove')
  if (going.length > 0 && !dryRun) {
    if (!settings.force) await ask(judged.length, going, context)
    await removeAll(settings, going, now, context)
  }
  const backups = judged.map(({ row }) => row)
  const removed = backups.filter(row => row.removed)
  return { backups_dir: backupsDir, dry_run: dryRun, backups, freed_bytes: bytesOf(removed) }
}

const bytesOf = (rows: readonly CleanedBackup[]): number =>
  rows.reduce((sum, { backup_size_bytes }) => sum + backup_size_bytes, 0)

async function judge(settings: Settings, now: Date): Promise<Judged[]> {
  const backups = new Map((await listBackups(settings.backupsDir)).map(backup => [backup.id, backup]))
  const kept = new Map([...backups].map(([id, backup]) => [id, keptOf(backup)]))
  return applyRetention([...kept.values()], rulesOf(settings), now).flatMap(({ id, action, reasons }) => {
    const [backup, facts] = [backups.get(id), kept.get(id)]
    if (backup === undefined || facts === undefined) return []
    const { kind, type, database, at, bytes, parent } = facts
    const what = { id, kind, type, database, at: at.toISOString(), backup_size_bytes: bytes }
    return [{ backup, parent, row: { ...what, action, reasons, removed: false, left: null } }]
  })
}

/** What the rules have to know of a backup of the catalog. */
function keptOf(backup: Backup): Kept {
  const { id, metadata, damage, verified, bytes, at, order, path } = backup
  return {
    ...{ id, at, order, bytes },
    kind: backup.kind,
    type: metadata?.type ?? 'full',
    database: backup.kind === 'dump' ? whatIsIn(backup) : null,
    cluster: metadata?.server.system_identifier ?? null,
    environment: metadata?.environment ?? null,
    good: metadata !== undefined && damage === undefined && verified?.result !== 'failed',
    foreign: metadata === undefined && damage === undefined,
    link: isLink(path),
    parent: metadata?.parent_id ?? null,
  }
}

/** A dump of some tables cannot stand for one of the whole database: it is among its like. */
function whatIsIn({ metadata }: DumpBackup): string | null {
  if (metadata === undefined) return null
  const { tables, exclude_tables, schemas, only } = metadata.selection
  const isWhole = tables.length + exclude_tables.length + schemas.length === 0 && only === null
  return isWhole ? metadata.database_name : `${metadata.database_name}, in part`
}

const rulesOf = (settings: Settings): RetentionRules => ({
  days: settings.backupRetentionDays,
  daysOf: {
    full: settings.backupRetentionDaysFull,
    incremental: settings.backupRetentionDaysIncremental,
    differential: settings.backupRetentionDaysDifferential,
    dump: settings.backupRetentionDaysDump,
  },
  daily: settings.backupKeepDaily,
  weekly: settings.backupKeepWeekly,
  monthly: settings.backupKeepMonthly,
  yearly: settings.backupKeepYearly,
  min: settings.backupKeepMin,
})

async function ask(count: number, going: readonly Judged[], { log, prompt }: Context): Promise<void> {
  const rows = going.map(({ row }) => row)
  const cells = rows.map(r => [r.id, r.at, formatBytes(r.backup_size_bytes), r.reasons.join('; ')])
  log.step(`${formatTable(['id', 'made at', 'size', 'why it goes'], cells, ['size'])}\n`)
  await confirm(prompt, `Delete these ${rows.length} of ${count} backups (${formatBytes(bytesOf(rows))})?`)
}

/** Whoever answered has seen this list: what does not belong to it any more is left. */
async function removeAll(
  settings: Settings,
  going: readonly Judged[],
  now: Date,
  context: Context,
): Promise<void> {
  const { backupsDir } = settings
  const rows = going.map(({ row }) => row)
  await withLock(backupsDir, 'cleanup', () =>
    recorded(
      backupsDir,
      'cleanup',
      async () => {
        const found = new Map((await judge(settings, now)).map(one => [one.backup.id, one]))
        for (const { backup, row } of going) {
          if (rows.every(({ removed }) => !removed)) context.signal.throwIfAborted()
          const present = found.get(row.id)
          if (present === undefined) {
            context.log.step(`${row.id} is gone already.`)
            continue
          }
          row.left = whyLeft(backup, present, going, context.signal) ?? (await tryRemove(backup, context.log))
          row.removed = row.left === null
          if (row.left !== null) context.log.warn(`${row.id} was left: ${row.left}`)
        }
      },
      () => rows.flatMap(row => (row.removed ? row.id : [])).join(' ') || undefined,
      () => endOf(rows),
    ),
  )
}

function whyLeft(
  backup: Backup,
  present: Judged,
  going: readonly Judged[],
  signal: AbortSignal,
): string | null {
  if (signal.aborted) return 'interrupted before its turn came'
  if (!isSame(backup, present.backup)) return 'another backup has its name by now'
  if (present.row.action === 'keep') return `by now it is to stay: ${present.row.reasons.join('; ')}`
  const dependant = going.find(({ parent, row }) => parent === backup.id && row.left !== null)
  return dependant ? `${dependant.row.id} needs it` : null
}

const isSame = (a: Backup, b: Backup): boolean =>
  a.path === b.path &&
  a.at.getTime() === b.at.getTime() &&
  a.metadata?.metadata_sha256 === b.metadata?.metadata_sha256

/** Why it could not be removed. A defect is none of the reasons. */
async function tryRemove(backup: Backup, log: Context['log']): Promise<string | null> {
  try {
    log.step(`Deleting ${backup.id} …`)
    await removeBackup(backup)
    return null
  } catch (error) {
    const { kind, message, why } = explain(error)
    if (kind === 'defect') throw error
    return [message, why].filter(Boolean).join(' ')
  }
}

function endOf(rows: readonly CleanedBackup[]): { code: number; words: string } {
  const left = rows.filter(row => row.left !== null)
  if (left.length === 0) return { code: 0, words: 'ok' }
  return {
    code: exitCodes.partial.code,
    words: `Left: ${left.map(row => `${row.id} (${row.left})`).join(', ')}`,
  }
}

/**
 * What a run that was killed in the middle of deleting has left: the name is taken away, the rest is not. A base backup
 * has its manifest last, so nothing writes into such a folder any more; what has none is the next save's to judge.
 */
async function finishEarlier(backupsDir: string, { log }: Context): Promise<void> {
  if ((await restsOf(backupsDir)).length === 0) return
  try {
    await withLock(backupsDir, 'cleanup', async () => {
      for (const rest of await restsOf(backupsDir)) {
        log.warn(`Removing ${basename(rest)}, which an earlier run left unfinished.`)
        await rm(rest, { recursive: true, force: true })
      }
    })
  } catch (error) {
    // A save that verifies what it has written: that is no rest.
    if (!(error instanceof ToolkitError && error.kind === 'locked')) throw error
  }
}

async function restsOf(backupsDir: string): Promise<string[]> {
  const names = await readdir(backupsDir).catch(() => [] as string[])
  const isRest = (name: string) =>
    name.endsWith('.partial') &&
    isId(basename(name, '.partial')) &&
    ['backup_manifest', 'data/backup_manifest'].some(file => existsSync(join(backupsDir, name, file)))
  return names.filter(isRest).map(name => join(backupsDir, name))
}
