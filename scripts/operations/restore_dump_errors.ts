import { isAbort, ToolkitError } from '../errors.ts'
import type { Output } from '../runtime/process.ts'
import { isHarmless } from './dump_errors.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'

/** What is true after every failure before the swap. */
const unchanged = 'The new database was dropped; every other one is as it was.'

/** What is true now, then the words of who failed. */
const below = (after: string, why: string): string => [after, why].filter(Boolean).join('\n')

/** Why pg_restore or psql failed, on the way from `source`. `after` is what is true then. */
export function explainPass(
  program: string,
  { code, stderr }: Output,
  source: string,
  after = unchanged,
): ToolkitError {
  const why = stderr
    .split('\n')
    .filter(line => line.trim() !== '' && !isHarmless(line))
    .slice(-8)
    .join('\n')
  if (/No space left on device|Disk quota exceeded|could not extend file/i.test(stderr))
    return full(why, after)
  if (
    /could not read|unexpected end of file|could not uncompress|could not be read to its end|not a valid archive/i.test(
      stderr,
    )
  ) {
    return new ToolkitError('verification', {
      what: `${source} cannot be read to its end.`,
      why: below(after, why),
      hint: 'make list shows others.',
    })
  }
  if (code === 137 || code === 143) {
    return new ToolkitError('failed', {
      what: `${program} was killed while it restored.`,
      why: below(after, why),
      hint: 'If nobody did that, the machine may have run out of memory (dmesg). Try again, with JOBS=1.',
    })
  }
  if (/server closed the connection|terminating connection|connection to server|SSL SYSCALL/i.test(stderr))
    return broken(why)
  return new ToolkitError('failed', {
    what: `The server refused something that is in ${source}.`,
    why: below(after, why),
    hint: 'The lines above say what. Where a role, a schema or a library is missing on this server, make it first.',
  })
}

const full = (why: string, after = unchanged): ToolkitError =>
  new ToolkitError('space', {
    what: 'The disk of the server filled up.',
    why: below(after, why),
    hint: 'Free some space there, or restore into another server: PGHOST, PGPORT',
  })

const broken = (why: string): ToolkitError =>
  new ToolkitError('connection', {
    what: 'The connection to the server broke during the restore. Every database that was there is as it was.',
    why,
    hint: 'make status and make logs tell how the server is. The next restore removes what this one left.',
  })

/** Whatever else went wrong between making the database and naming it. */
export function explainRestoreDump(error: unknown, { backup }: RestoreDumpFacts): unknown {
  if (error instanceof ToolkitError || isAbort(error)) return error
  const { code = '', message } = error as { code?: string; message: string }
  if (code === '53100') return full(message)
  if (
    /^(08|57P)/.test(code) ||
    /Connection terminated|ECONNRESET|EPIPE|ECONNREFUSED/i.test(`${code} ${message}`)
  )
    return broken(message)
  if (!/^[0-9A-Z]{5}$/.test(code)) return error
  return new ToolkitError('failed', {
    what: `The server refused what ${backup.id} needs.`,
    why: below(unchanged, message),
    cause: error,
  })
}
