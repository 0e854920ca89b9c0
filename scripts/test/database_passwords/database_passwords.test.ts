import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'dotenv'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, noEngine } from '../helpers/place.ts'
import { processes } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const kept = '# my own words\nENVIRONMENT=test\n'
const none = { PGPASSWORD: '' }

let toolkit: Toolkit
let dotenv: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  dotenv = join(toolkit.home, '.env')
  await writeFile(dotenv, kept, { mode: 0o644 })
})
afterAll(() => toolkit.dispose())

const inDotenv = async () => parse(await readFile(dotenv)).PGPASSWORD ?? ''
const database = (args: string[], env = {}) => toolkit.run('database.ts', args, { env: { ...none, ...env } })

async function login(password: string, user = 'postgres'): Promise<string> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: toolkit.port,
    user,
    password,
    database: 'postgres',
  })
  try {
    await client.connect()
    return 'in'
  } catch (error) {
    return (error as pg.DatabaseError).code ?? String(error)
  } finally {
    await client.end()
  }
}
const refused = '28P01'

test('a new cluster without a password gets one, into db/.env, which nobody else can read', async () => {
  const run = await database(['start'])
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).toContain('Generated a password')
  expect(await readFile(dotenv, 'utf8')).toContain(kept)
  expect((await stat(dotenv)).mode & 0o777).toBe(0o600)
  const password = await inDotenv()
  expect(password.length).toBeGreaterThanOrEqual(20)
  expect(await login(password)).toBe('in')
  expect(await login('wrong')).toBe(refused)
  const server = noEngine
    ? processes()
        .filter(({ cwd }) => cwd === toolkit.dataDir)
        .map(p => p.environment.join('\n'))
    : [await docker('inspect', toolkit.container)]
  expect(server).not.toEqual([])
  const shown = [run.stdout, run.stderr, ...server]
  expect(shown.filter(text => text.includes(password))).toEqual([])
})

test('the next start uses it and generates nothing', async () => {
  const before = await inDotenv()
  const run = await database(['restart', '--json'])
  expect(run.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout)).not.toHaveProperty('passwordFile')
  expect(await inDotenv()).toBe(before)
  const status = await database(['status', '--json'])
  expect(JSON.parse(status.stdout)).not.toHaveProperty('not_measured')
})

test('set-password generates a new one; the old one is refused from then on', async () => {
  const old = await inDotenv()
  const run = await database(['set-password'])
  expect(run.code, run.stderr).toBe(0)
  expect(run.stdout).toContain('written into db/.env')
  const fresh = await inDotenv()
  expect(fresh).not.toBe(old)
  expect([await login(fresh), await login(old)]).toEqual(['in', refused])
  expect(run.stdout + run.stderr).not.toContain(fresh)
  expect(await readFile(dotenv, 'utf8')).toContain(kept)
})

test('set-password takes one from a file, whatever is in it, and the toolkit can use it', async () => {
  const file = join(toolkit.home, 'new password')
  await writeFile(file, `${toolkit.password}\n`, { mode: 0o600 })
  const run = await database(['set-password', '--new-password-file', file])
  expect(run.code, run.stderr).toBe(0)
  expect(await inDotenv()).toBe(toolkit.password)
  expect(await login(toolkit.password)).toBe('in')
  expect((await toolkit.run('save.ts', [], { env: none })).code).toBe(0)
})

test('set-password of another role leaves db/.env as it is and shows what it generated, once', async () => {
  const before = await readFile(dotenv, 'utf8')
  await toolkit.sql(`CREATE ROLE "re""porter'" LOGIN`)
  const run = await database(['set-password', '--role', `re"porter'`])
  expect(run.code, run.stderr).toBe(0)
  const password = /shown once: (\S+)/.exec(run.stderr)?.[1] ?? ''
  expect(await login(password, `re"porter'`)).toBe('in')
  expect(await readFile(dotenv, 'utf8')).toBe(before)
})

test('the server’s log has neither the password nor its verifier', async () => {
  await toolkit.sql(`ALTER SYSTEM SET log_statement = 'all'`)
  await toolkit.sql('SELECT pg_reload_conf()')
  const password = 'seen-by-nobody'
  const file = join(toolkit.home, 'another password')
  await writeFile(file, password)
  await toolkit.sql('CREATE ROLE quiet LOGIN')
  await database(['set-password', '--role', 'quiet', '--new-password-file', file])
  expect(await login(password, 'quiet')).toBe('in')
  const { stdout } = await database(['logs', '--lines', '1000'])
  expect(stdout).toContain('ALTER ROLE "quiet"')
  expect(stdout).not.toContain(password)
})

test('a role that is not there is a usage error', async () => {
  const run = await database(['set-password', '--role', 'nobody'])
  expect(run.code, run.stderr).toBe(4)
  expect(run.stderr).toContain('There is no role “nobody”')
})

test('where PGPASSWORD comes from elsewhere, db/.env is left alone and the place is named', async () => {
  const before = await readFile(dotenv, 'utf8')
  const fromEnvironment = await database(['set-password'], { PGPASSWORD: toolkit.password })
  expect(fromEnvironment.code, fromEnvironment.stderr).toBe(0)
  expect(fromEnvironment.stderr).toContain('PGPASSWORD')
  expect(await readFile(dotenv, 'utf8')).toBe(before)
  const password = /shown once: (\S+)/.exec(fromEnvironment.stderr)?.[1] ?? ''
  expect(await login(password)).toBe('in')

  const secret = join(toolkit.home, 'secret')
  await writeFile(secret, password, { mode: 0o600 })
  await writeFile(dotenv, `${kept}PGPASSWORD_FILE=secret\n`)
  const fromFile = await database(['set-password'])
  expect(fromFile.code, fromFile.stderr).toBe(0)
  expect(fromFile.stderr).toContain('PGPASSWORD_FILE')
  // Both in one place would stop every other command.
  expect((await database(['check-running'])).code).toBe(0)
})
