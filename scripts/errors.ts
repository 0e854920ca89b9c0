import { constants } from 'node:os'

/**
 * Every way a run can end badly, in one table. The number is the contract with cron jobs and monitoring:
 * it never changes its meaning. `--help` and docs/reference/exit-codes.md are made from the same table.
 */
export const exitCodes = {
  success: { code: 0, meaning: 'success' },
  connection: {
    code: 1,
    meaning:
      'cannot connect, or a permission is missing (for example REPLICATION), on the server or a storage',
  },
  space: { code: 2, meaning: 'not enough disk space' },
  verification: {
    code: 3,
    meaning: 'verification failed: the backup or the restored data is not what it should be',
  },
  usage: {
    code: 4,
    meaning:
      'usage or configuration; a named thing (backup, database, moment) does not exist or is ambiguous',
  },
  prerequisite: {
    code: 5,
    meaning:
      'a prerequisite is missing or does not fit (no engine, server not running, no client program, wrong major, extension, libc, key)',
  },
  locked: { code: 6, meaning: 'another run holds the lock' },
  partial: { code: 7, meaning: 'partial: some databases or destinations succeeded, some failed' },
  failed: { code: 8, meaning: 'the operation failed in a way the other codes do not name' },
  findings: { code: 9, meaning: 'findings: `explore --fail-on` reached its level' },
  defect: { code: 70, meaning: 'a defect in the toolkit itself (with stack)' },
  interrupted: { code: 130, meaning: 'interrupted, or declined at the prompt; nothing was changed' },
} as const

/** Whether a system call failed because the disk, or one's share of it, is used up. node has no name for EDQUOT. */
export function isDiskFull(error: unknown): boolean {
  const { code, errno } = (error ?? {}) as NodeJS.ErrnoException
  return code === 'ENOSPC' || (errno !== undefined && -errno === constants.errno.EDQUOT)
}

export type ExitKind = keyof typeof exitCodes
export type ErrorKind = Exclude<ExitKind, 'success'>

export type Explanation = {
  /** What happened, in one sentence. */
  what: string
  /** Why, as far as it is known: often the words of the program that failed. */
  why?: string | undefined
  /** What to do next, in words a beginner can act on. */
  hint?: string | undefined
  /** Something was changed: an interruption must not be reported as if nothing had been. */
  lasting?: boolean
  cause?: unknown
}

/** An error that the user can understand and act on. Everything else that is thrown is a defect (exit 70). */
export class ToolkitError extends Error {
  readonly kind: ErrorKind
  readonly why: string | undefined
  readonly hint: string | undefined
  readonly lasting: boolean

  constructor(kind: ErrorKind, { what, why, hint, lasting = false, cause }: Explanation) {
    super(what, cause === undefined ? undefined : { cause })
    this.name = 'ToolkitError'
    this.kind = kind
    this.why = why
    this.hint = hint
    this.lasting = lasting
  }
}

export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

/** Turns whatever was thrown into the error that is shown: an abort is an interruption, a stranger is a defect. */
export function explain(error: unknown): ToolkitError {
  if (error instanceof ToolkitError) return error
  if (isAbort(error)) {
    return new ToolkitError('interrupted', { what: 'Interrupted.', hint: 'Nothing was left half done.' })
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const message = error instanceof Error ? error.message : String(error)
  if (isDiskFull(error)) {
    return new ToolkitError('space', {
      what: code === 'ENOSPC' ? 'The disk is full.' : 'Your share of the disk (quota) is used up.',
      why: message,
      hint: 'Free some space (make list shows what the backups take), then try again.',
      cause: error,
    })
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new ToolkitError('prerequisite', {
      what: 'A file or folder may not be read or written.',
      why: message,
      hint: 'Check who owns it (ls -ld), or name another folder.',
      cause: error,
    })
  }
  if (code === 'EIO') {
    return new ToolkitError('failed', {
      what: 'The disk reports an error.',
      why: message,
      hint: 'It may be breaking: look at dmesg, and copy what is dear to you elsewhere first.',
      cause: error,
    })
  }
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') {
    return new ToolkitError('prerequisite', {
      what: 'A path cannot be used.',
      why: message,
      hint: 'Look at each folder on the way (namei -l), or name another one.',
      cause: error,
    })
  }
  return new ToolkitError('defect', {
    what: `A defect in the toolkit: ${message}`,
    why: error instanceof Error ? error.stack : undefined,
    hint: 'Please report it with the lines above. Your backups and data are left as they were.',
    cause: error,
  })
}

export const exitCodeOf = (error: unknown): number => exitCodes[explain(error).kind].code

/** `what · why · HINT`, one under the other. */
export function describe(error: ToolkitError): string {
  const lines = [`error: ${error.message}`]
  if (error.why) lines.push(...error.why.split('\n').map(line => `       ${line}`))
  if (error.hint)
    lines.push(...`HINT:  ${error.hint}`.split('\n').map((l, i) => (i === 0 ? l : `       ${l}`)))
  return lines.join('\n')
}
