import pg from 'pg'
import { type Explanation, isAbort, ToolkitError } from '../../errors.ts'
import { aggregateName } from '../../plan/sample/relations.ts'

/** While the rows are loaded: what the server says becomes an error that the user can act on. */
export function explainLoading(error: unknown): unknown {
  if (error instanceof ToolkitError || isAbort(error)) return error
  const { code = '', message } = error as { code?: string; message: string }
  const explain = (kind: 'connection' | 'prerequisite' | 'space' | 'failed', words: Explanation) =>
    new ToolkitError(kind, { ...words, what: `${words.what} Nothing was changed.`, cause: error })

  if (code === '42501') {
    return explain('connection', {
      what: 'This role may not load the sample here.',
      why: message,
      hint: 'Connect as postgres or as the owner of the database, or load the sample into a database of your own.',
    })
  }
  if (code === '25006') {
    return explain('prerequisite', {
      what: 'This server only reads: it is a replica, or set to read only.',
      why: message,
      hint: 'Load the sample on the primary.',
    })
  }
  if (code === '53100') {
    return explain('space', {
      what: "The server's disk is full.",
      why: message,
      hint: 'Free some space, or load fewer days: make sample DAYS=1',
    })
  }
  if (isDisconnect(code, message)) {
    return explain('connection', {
      what: 'The connection to the server broke while the sample was loading.',
      why: message,
      hint: 'make status tells whether the database runs, make logs what it said.',
    })
  }
  if (!(error instanceof pg.DatabaseError)) return error
  return explain('failed', {
    what: 'The server refused the sample.',
    why: whyOf(error),
    hint: 'A database of its own is always free for it: CREATE DATABASE sample; then make sample PGDATABASE=sample',
  })
}

/** When the rows are there already, and only the continuous aggregate is still missing. */
export function explainRefreshing(error: unknown): unknown {
  const interrupted = isAbort(error)
  if (!interrupted && !(error instanceof pg.DatabaseError) && !isDisconnect('', String(error))) return error
  return new ToolkitError(interrupted ? 'interrupted' : 'failed', {
    what: `The sample's rows are loaded, but ${aggregateName} is not filled yet.`,
    why: interrupted ? 'Interrupted.' : whyOf(error as Error),
    hint: 'Run make sample again: it begins from the start.',
    cause: error,
  })
}

const isDisconnect = (code: string, message: string): boolean =>
  /^(08|57P0)/.test(code) ||
  /^E[A-Z]+$/.test(code) ||
  /connection (terminated|ended)|not queryable/i.test(message)

const whyOf = (error: pg.DatabaseError | Error): string =>
  [error.message, ...(error instanceof pg.DatabaseError ? [error.detail, error.hint] : [])]
    .filter(Boolean)
    .join('\n')
