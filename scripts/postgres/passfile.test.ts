import { existsSync } from 'node:fs'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import type { Login } from './connection.ts'
import { type ClientLogin, ignoredPassfile, storedPassword, withClientLogin } from './passfile.ts'

const login: Login = {
  host: 'db.example',
  port: 5433,
  user: 'backup',
  database: 'shop',
  password: 'hunter2',
  passfile: '/nonexistent/pgpass',
  sslMode: 'prefer',
  sslRootCert: undefined,
  sslCert: undefined,
  sslKey: undefined,
  connectTimeout: 10,
}
const env = {
  PGHOST: 'db.example',
  PGPORT: '5433',
  PGUSER: 'backup',
  PGDATABASE: 'shop',
  PGSSLMODE: 'prefer',
  PGCONNECT_TIMEOUT: '10',
}

async function userFile(content: string, mode = 0o600): Promise<string> {
  const passfile = join(await tempFolder(), 'pgpass')
  await writeFile(passfile, content, { mode })
  await chmod(passfile, mode)
  return passfile
}

describe('a .pgpass file', () => {
  test.each<[string, string, Partial<Login>, string | undefined]>([
    ['the line that fits', 'db.example:5433:shop:backup:right\n', {}, 'right'],
    ['stars fit everything', '*:*:*:*:right\n', {}, 'right'],
    ['the first one that fits counts', 'db.example:*:*:*:right\n*:*:*:*:second\n', {}, 'right'],
    ['another host', 'other:*:*:*:wrong\n', {}, undefined],
    ['another port', '*:5432:*:*:wrong\n', {}, undefined],
    ['another database', '*:*:postgres:*:wrong\n', {}, undefined],
    ['another role', '*:*:*:postgres:wrong\n', {}, undefined],
    ['the database that a backup connects to', '*:*:replication:*:right\n', {}, 'right'],
    ['a socket is localhost', 'localhost:*:*:*:right\n', { host: '/run/postgresql' }, 'right'],
    ['colons and backslashes are escaped', 'a\\:b:*:*:*:p\\:q\\\\r\n', { host: 'a:b' }, 'p:q\\r'],
    // What PostgreSQL 15's psql sent to a server that asked for it.
    ['a colon that is not escaped ends the password', '*:*:*:*:p:q\n', {}, 'p'],
    ['a backslash at the end is one', '*:*:*:*:p\\\n', {}, 'p\\'],
    ['an escaped letter is the letter', '*:*:sh\\op:*:a\\b\n', {}, 'ab'],
    ['an empty password is none', '*:*:*:*:\n*:*:*:*:second\n', {}, undefined],
    ['carriage returns at its end are no part of it', '*:*:*:*:right\r\r\n', {}, 'right'],
    ['a comment is no line', '#*:*:*:*:wrong\n*:*:*:*:right\n', {}, 'right'],
    ['neither is one with too few fields', '*:*:*:wrong\n*:*:*:*:right\n', {}, 'right'],
    ['lines that end as on Windows', '*:*:*:*:right\r\n', {}, 'right'],
    ['a last line without an end', '*:*:*:*:right', {}, 'right'],
    ['nothing', '', {}, undefined],
  ])('%s', async (_, content, changes, password) => {
    const passfile = await userFile(content)
    expect(storedPassword({ ...login, ...changes, password: undefined, passfile })).toBe(password)
  })

  test('that others can read does not count, and that is said', async () => {
    const passfile = await userFile('*:*:*:*:x\n', 0o640)
    expect(storedPassword({ ...login, passfile })).toBeUndefined()
    expect(ignoredPassfile({ passfile })).toContain('chmod 600')
  })

  test('that is missing, or a folder, does not count', async () => {
    expect(storedPassword(login)).toBeUndefined()
    expect(ignoredPassfile({ passfile: '/nonexistent/x' })).toBe('there is no /nonexistent/x')
    const folder = await tempFolder()
    expect(ignoredPassfile({ passfile: folder })).toBe(`${folder} is not a file`)
  })

  test('that counts is not complained about', async () => {
    expect(ignoredPassfile({ passfile: await userFile('') })).toBeUndefined()
  })
})

describe('the login of a client program', () => {
  test.each([
    ['hunter2', '*:*:*:*:hunter2\n'],
    ['a:b\\c', '*:*:*:*:a\\:b\\\\c\n'],
    [' # "it\'s" ünï ', '*:*:*:*: # "it\'s" ünï \n'],
    ['', '*:*:*:*:\n'],
  ])('the password %j is in a file for its owner only', async (password, line) => {
    await withClientLogin({ ...login, password }, async client => {
      const file = client.env.PGPASSFILE ?? ''
      expect(await readFile(file, 'utf8')).toBe(line)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
      expect(client).toEqual({ env: { ...env, PGPASSFILE: file }, folders: [{ path: file, mode: 'ro' }] })
    })
  })

  test.each(['two\nlines', 'ends\r', 'n\0ul'])(
    'the password %j is refused without printing it',
    async password => {
      const refused = withClientLogin({ ...login, password }, async () => 'not reached')
      await expect(refused).rejects.toMatchObject({ kind: 'usage' })
      await expect(refused).rejects.not.toThrow(password)
    },
  )

  test.each<[string, (client: ClientLogin) => Promise<string>]>([
    ['well', async client => client.env.PGPASSFILE ?? ''],
    ['badly', async client => Promise.reject(client.env.PGPASSFILE)],
  ])('the file is gone when the work has ended %s', async (_, work) => {
    const file = await withClientLogin(login, work).catch(String)
    expect(file).toMatch(/pgpass$/)
    expect(existsSync(dirname(file))).toBe(false)
  })

  test('a password of the user’s own passfile is handed on in one of ours', async () => {
    const passfile = await userFile('other:*:*:*:wrong\n*:*:*:*:a\\:b\n')
    await withClientLogin({ ...login, password: undefined, passfile }, async client => {
      expect(client.env.PGPASSFILE).not.toBe(passfile)
      expect(await readFile(client.env.PGPASSFILE ?? '', 'utf8')).toBe('*:*:*:*:a\\:b\n')
    })
  })

  test('without any password there is no file', async () => {
    const client = await withClientLogin({ ...login, password: undefined }, async c => c)
    expect(client).toEqual({ env, folders: [] })
  })

  test('certificates and the folder of a socket are seen by the program', async () => {
    const sockets = { ...login, host: '/run/postgresql', password: undefined }
    const client = await withClientLogin(
      { ...sockets, sslRootCert: '/ca', sslCert: '/cert', sslKey: '/key' },
      async c => c,
    )
    expect(client).toEqual({
      env: { ...env, PGHOST: '/run/postgresql', PGSSLROOTCERT: '/ca', PGSSLCERT: '/cert', PGSSLKEY: '/key' },
      folders: ['/ca', '/cert', '/key', '/run/postgresql'].map(path => ({ path, mode: 'ro' })),
    })
  })
})
