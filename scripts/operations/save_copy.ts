import { mkdir, rename, symlink, unlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { BaseBackupPlan } from '../plan/base_backup.ts'
import { watchBaseBackup } from '../postgres/backup_progress.ts'
import type { Login } from '../postgres/connection.ts'
import { type ReadThrough, readThrough } from '../postgres/listing.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { createProgress } from '../terminal/progress.ts'

/** By which a killed run's pg_basebackup is found again. */
export const programName = 'save'

export type Copy = {
  plan: BaseBackupPlan
  login: Login
  image: ImageFacts
  backupsDir: string
}

/**
 * Runs pg_basebackup and reads its archives while they are being written, so that a large backup is verified as
 * soon as it is there. pg_wal.tar is left out: pg_basebackup goes back in it to fill in what it has reserved.
 * Gives what was read, by the archive's name.
 * @throws ToolkitError space, connection, failed
 */
export async function copyCluster(
  runtime: Runtime,
  copy: Copy,
  context: Context,
): Promise<Map<string, ReadThrough>> {
  const { plan, image } = copy
  for (const { folder } of plan.tablespaceFolders) await mkdir(folder, { recursive: true, mode: 0o700 })
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const place = { runtime, image: image.image, signal }
  let ended = () => {}
  const written = new Promise<void>(resolve => {
    ended = resolve
  })
  const reading = plan.archives.map(async archive => {
    const read = await readThrough({ ...archive, path: join(plan.partial, archive.name) }, { place }, written)
    return [archive.name, read] as const
  })
  // Until it is their turn to be looked at; a failure of pg_basebackup is the one that counts.
  for (const read of reading) read.catch(() => {})
  try {
    await runBaseBackup(runtime, copy, context)
    ended()
    context.log.step('Verifying …')
    await relinkTablespaces(plan)
    return new Map(await Promise.all(reading))
  } finally {
    ended()
    stop.abort()
    await Promise.allSettled(reading)
  }
}

const isProgress = (line: string): boolean => /^\s*\d+\/\d+ kB/.test(line)

async function runBaseBackup(
  runtime: Runtime,
  { plan, login, image, backupsDir }: Copy,
  context: Context,
): Promise<void> {
  const progress = await createProgress('Saving', context.progress)
  const stopWatching = watchBaseBackup(login, (done, total) => progress.update(done, total))
  try {
    const output = await withClientLogin(login, ({ env, folders }) =>
      runtime.run(
        {
          name: programName,
          argv: plan.argv,
          as: 'caller',
          env,
          folders: [{ path: backupsDir, mode: 'rw' }, ...folders],
          network: { reach: login.host, port: login.port, container: login.via?.container },
          image: image.image,
        },
        { signal: context.signal, onStderr: line => !isProgress(line) && context.log.detail(line) },
      ),
    )
    if (output.code !== 0) throw explainFailure(output.code, output.stderr, backupsDir)
  } finally {
    await stopWatching()
    progress.stop()
  }
}

/** Links of a plain backup point into the folder that it was written in; relative ones survive its renaming. */
async function relinkTablespaces(plan: BaseBackupPlan): Promise<void> {
  for (const { oid, folder } of plan.tablespaceFolders) {
    const links = join(plan.partial, 'data', 'pg_tblspc')
    const temporary = join(links, `${oid}.partial`)
    await symlink(relative(links, folder), temporary)
    await unlink(join(links, oid))
    await rename(temporary, join(links, oid))
  }
}

function explainFailure(code: number, stderr: string, backupsDir: string): ToolkitError {
  const why = stderr
    .split('\n')
    .filter(line => !isProgress(line))
    .slice(-6)
    .join('\n')
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) {
    return new ToolkitError('space', {
      what: `The disk of ${backupsDir} filled up. The unfinished backup was removed.`,
      why,
      hint: 'Delete an old backup (make list, make delete ID=…), or name another place: make save BACKUPS_DIR=/another/disk',
    })
  }
  if (/checksum error occurred/i.test(stderr)) {
    return new ToolkitError('verification', {
      what: 'The server’s own data is damaged: pages on its disk are not what was written. Nothing was saved.',
      why,
      hint: 'Keep every backup that you have. docs/RECOVERY.md says what to do, under “The data is damaged”.',
    })
  }
  if (/Read-only file system|Permission denied|Operation not permitted/i.test(stderr)) {
    return new ToolkitError('prerequisite', {
      what: `The backup could not be written to ${backupsDir}.`,
      why,
      hint: 'Check who owns it (ls -ld), and whether its disk turned read-only (findmnt -T, dmesg); or name another\nplace: make save BACKUPS_DIR=/another/disk',
    })
  }
  if (code === 137 || code === 143) {
    return new ToolkitError('failed', {
      what: 'pg_basebackup was killed. The unfinished backup was removed.',
      why: why || undefined,
      hint: 'If nobody did that, the machine may have run out of memory (dmesg). Save again.',
    })
  }
  if (
    /connection to server|server closed the connection|terminating connection|could not receive data/i.test(
      stderr,
    )
  ) {
    return new ToolkitError('connection', {
      what: 'The connection to the server broke during the backup. The unfinished backup was removed.',
      why,
      hint: 'make status and make logs tell how the server is. Save again when it is well.',
    })
  }
  return new ToolkitError('failed', { what: 'pg_basebackup failed. The unfinished backup was removed.', why })
}
