/** How a run can end badly, and its exit code. The numbers are those of the toolkit that this app comes with. */
export const exitCodes = {
  /** No connection, or a permission is missing. */
  connection: 1,
  /** The disk is full. */
  space: 2,
  /** A mistake in what was typed; or there is nothing of what was asked for. */
  usage: 4,
  /** Something that is needed is not there: a table, a program, a folder that may be written. */
  prerequisite: 5,
  failed: 8,
  /** A mistake in this program. */
  defect: 70,
  interrupted: 130,
} as const

export type ErrorKind = keyof typeof exitCodes

/** An error that the user can do something about: what happened, and what to do next. */
export class ChartError extends Error {
  readonly kind: ErrorKind
  readonly hint: string | undefined

  constructor(kind: ErrorKind, what: string, hint?: string) {
    super(what)
    this.name = 'ChartError'
    this.kind = kind
    this.hint = hint
  }
}

/** What the system says of files, in words; everything that nobody expected is a defect, with its stack. */
export function explain(error: unknown): ChartError {
  if (error instanceof ChartError) return error
  const { code, message, stack } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new ChartError('space', `The disk is full: ${message}`)
  return new ChartError('defect', stack ?? message ?? String(error), 'Please report it with the lines above.')
}
