import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolkitError } from '../errors.ts'
import { askLocally, findSuperuser, type LocalServer } from '../postgres/local_session.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { prepareDotenvVariable } from '../settings/dotenv_file.ts'
import { baseFolder } from '../settings/folders.ts'
import { options } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { refuseForeign } from './start_refusals.ts'

export type PasswordResult = { role: string; generated: boolean; dotenv?: string }

const iterations = 4096

/**
 * The verifier that PostgreSQL stores (RFC 5803 form of RFC 7677), so that the password itself never reaches the
 * server, its log or pg_stat_statements.
 */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/**
 * Characters that SASLprep (RFC 4013) drops, or beside which PostgreSQL leaves a password as it is: programs would
 * not agree on what was meant.
 */
export const isAmbiguous = (password: string): boolean =>
  /\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200b-\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/.test(password) ||
  (password !== password.normalize('NFKC') && /[\u{10000}-\u{10ffff}]/u.test(password))

/**
 * Sets a role's password on our own database through the socket inside its container, where no password is
 * needed, and writes it into db/.env when the role is the one that the toolkit connects as.
 */
export async function setPassword(
  runtime: Runtime,
  resolved: Resolved,
  { prompt, log, signal }: Context,
): Promise<PasswordResult> {
  const { settings } = resolved
  const status = await runtime.server.status(settings, signal)
  refuseForeign(status, settings)
  if (status.state !== 'running') {
    throw new ToolkitError('prerequisite', {
      what: 'The database is not running.',
      hint: 'make start, or make start-restored.',
    })
  }
  const role = settings.role ?? settings.user
  const typed =
    settings.newPassword ??
    (prompt.interactive
      ? await prompt.ask(`New password of ${role} (empty: generate one): `, { hidden: true })
      : undefined)
  if (typed && isAmbiguous(typed)) {
    throw new ToolkitError('usage', {
      what: 'This password holds characters that programs spell in different ways.',
      why: 'Invisible ones, or a mixture that SASLprep (RFC 4013) does not settle.',
      hint: 'Choose another one; letters, digits and punctuation are safe.',
    })
  }
  const password = typed || randomBytes(18).toString('base64url')
  const port = status.port ?? settings.port
  const server = { runtime, server: settings, port, user: settings.user, signal }
  const result = { role, generated: !typed }
  const dotenv = join(baseFolder, '.env')
  const elsewhere = role === settings.user ? await otherSource(resolved, dotenv) : undefined
  if (role !== settings.user || elsewhere) {
    await changeRole(server, role, password)
    if (!typed) log.warn(`The generated password is shown once: ${password}`)
    if (elsewhere) log.warn(`${elsewhere} still has the old password: change it there.`)
    return result
  }
  // On disk before the server learns it: a generated password that could not be written would be lost.
  const file = await prepareDotenvVariable(dotenv, 'PGPASSWORD', password)
  try {
    await changeRole(server, role, password)
  } catch (error) {
    await file.discard()
    throw error
  }
  await file.commit()
  return { ...result, dotenv }
}

/**
 * What the toolkit takes the password from, where that is not PGPASSWORD in db/.env: written there it would not count,
 * or contradict the other one.
 */
async function otherSource({ sources }: Resolved, dotenv: string): Promise<string | undefined> {
  const source = sources.password
  if (source === 'default') return undefined
  const { env, aliases } = options.password
  const files = [env, ...aliases].map(name => `${name}_FILE`)
  if (source !== '.env') return `${env} (or ${files[0]}) of the ${source}`
  const { parse } = (await import('dotenv')).default
  const variables = parse(await readFile(dotenv))
  const file = files.find(name => variables[name])
  return file && `The file that ${file} names in db/.env`
}

async function changeRole(server: LocalServer, role: string, password: string): Promise<void> {
  // psql quotes what :"…" and :'…' name; the statement comes by standard input, so nothing but the role is in argv.
  const sql = `\\set verifier '${scramVerifier(password)}'\nALTER ROLE :"role" PASSWORD :'verifier';\n`
  const output = await askLocally(server, await findSuperuser(server), sql, { variables: { role } })
  if (output.code === 0) return
  const missing = /role .* does not exist/.test(output.stderr)
  throw new ToolkitError(missing ? 'usage' : 'failed', {
    what: missing ? `There is no role “${role}”.` : `The password of “${role}” could not be set.`,
    why: output.stderr,
    hint: missing ? 'Name another one: make set-password ROLE=…' : undefined,
  })
}
