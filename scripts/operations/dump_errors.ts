import { isAbort, ToolkitError } from '../errors.ts'
import { explainConnection, type Login } from '../postgres/connection.ts'

const known = [
  // TimescaleDB’s catalog has such keys, and its rows come in an order that works.
  /circular foreign-key constraints/,
  /^pg_dump: detail: (hypertable|chunk|continuous_agg|bgw_job|compression_settings)$/,
  /You might not be able to restore the dump without using --disable-triggers/,
  /Consider using a full dump instead of a --data-only dump/,
  // The hypertable itself is empty: its chunks are tables of their own.
  /hypertable data are in the chunks/,
  /Data for hypertables are stored in the chunks/,
  /Use "COPY \(SELECT \* FROM <hypertable>\) TO/,
]

/** What pg_dump and pg_restore say of every database with TimescaleDB, and which means nothing. */
export const isHarmless = (line: string): boolean => known.some(pattern => pattern.test(line))

/** The last words of a program, without those that mean nothing. */
const lastWords = (stderr: string): string =>
  stderr
    .split('\n')
    .filter(line => line.trim() !== '' && !isHarmless(line))
    .slice(-6)
    .join('\n')

/** What went wrong in the transaction that holds the snapshot. */
export function explainSnapshot(error: unknown, login: Login): unknown {
  if (error instanceof ToolkitError || isAbort(error)) return error
  const { code, message } = error as { code?: string; message: string }
  if (code === '55P03') return lockedOut(message)
  if (code === '53200') return outOfLocks(message)
  if (code?.startsWith('XX')) return damagedServer(message)
  if (code === '57014')
    return new ToolkitError('failed', {
      what: 'Somebody on the server cancelled the dump. Nothing of it was kept.',
      why: message,
      hint: 'Dump again.',
    })
  if (code === undefined || /^(08|57|28|3D|ECONN|EPIPE)/.test(code)) {
    if (/Connection terminated|ECONNRESET|EPIPE/i.test(`${code} ${message}`) || code?.startsWith('57'))
      return brokenConnection(message)
    if (code !== undefined) return explainConnection(error, login)
    return error
  }
  return new ToolkitError('failed', { what: 'The server refused to be dumped.', why: message })
}

const lockedOut = (why: string): ToolkitError =>
  new ToolkitError('failed', {
    what: 'A table stayed locked, so the dump did not begin. Nothing of it was kept.',
    why,
    hint: 'Somebody alters it, or waits to (make psql COMMAND="SELECT pid, query FROM pg_stat_activity WHERE wait_event_type = \'Lock\'").\nDump again when that has ended.',
  })

const outOfLocks = (why: string): ToolkitError =>
  new ToolkitError('failed', {
    what: 'The server has no room for so many locks: a dump holds one on every table, chunk and partition.',
    why,
    hint: 'Raise max_locks_per_transaction (it takes a restart), for example to twice what it is: SHOW max_locks_per_transaction;',
  })

const damagedServer = (why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: 'The server’s own data is damaged: it cannot read what is to be dumped. Nothing was kept.',
    why,
    hint: 'Keep every backup that you have. docs/RECOVERY.md says what to do, under “The data is damaged”.',
  })

const brokenConnection = (why: string): ToolkitError =>
  new ToolkitError('connection', {
    what: 'The connection to the server broke during the dump. Nothing of it was kept.',
    why,
    hint: 'make status and make logs tell how the server is. Dump again when it is well.',
  })

/** Why pg_dump or pg_dumpall failed, by what it said. */
export function explainDump(
  program: string,
  code: number,
  stderr: string,
  backupsDir: string,
  login: Login,
): ToolkitError {
  const why = lastWords(stderr)
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) {
    return new ToolkitError('space', {
      what: `The disk of ${backupsDir} filled up. The unfinished dump was removed.`,
      why,
      hint: 'Delete an old backup (make list, make delete ID=…), or name another place: make dump BACKUPS_DIR=/another/disk',
    })
  }
  if (/lock timeout|could not obtain lock/i.test(stderr)) return lockedOut(why)
  if (/max_locks_per_transaction|out of shared memory/i.test(stderr)) return outOfLocks(why)
  if (
    /invalid page in block|checksum verification failed|could not read blocks?|missing chunk number/i.test(
      stderr,
    )
  )
    return damagedServer(why)
  if (
    /permission denied|must be superuser|row-level security/i.test(stderr) &&
    !/could not open.*file/i.test(stderr)
  ) {
    return new ToolkitError('connection', {
      what: `Role “${login.user}” may not read everything that ${program} needs. Nothing was kept.`,
      why,
      hint:
        program === 'pg_dumpall'
          ? 'Password hashes are for superusers: leave GLOBALS out, or dump as one.'
          : `As a superuser: GRANT pg_read_all_data TO "${login.user.replaceAll('"', '""')}";`,
    })
  }
  if (/Read-only file system|Permission denied|Operation not permitted/.test(stderr)) {
    return new ToolkitError('prerequisite', {
      what: `The dump could not be written to ${backupsDir}.`,
      why,
      hint: 'Check who owns it (ls -ld), and whether its disk turned read-only (findmnt -T, dmesg); or name another\nplace: make dump BACKUPS_DIR=/another/disk',
    })
  }
  if (code === 137 || code === 143) {
    return new ToolkitError('failed', {
      what: `${program} was killed. The unfinished dump was removed.`,
      why: why || undefined,
      hint: 'If nobody did that, the machine may have run out of memory (dmesg). Dump again.',
    })
  }
  if (
    /connection to server|server closed the connection|terminating connection|SSL SYSCALL|could not receive data/i.test(
      stderr,
    )
  )
    return brokenConnection(why)
  return new ToolkitError('failed', { what: `${program} failed. The unfinished dump was removed.`, why })
}
