import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { awkward, holds, property } from '../test/helpers/fuzz.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import type { Login } from './connection.ts'
import { storedPassword, withClientLogin } from './passfile.ts'

/**
 * How libpq reads a line: passwordFromFile and pwdfMatchesString of src/interfaces/libpq/fe-connect.c, letter by letter.
 */
function libpq(content: string, wanted: readonly string[]): string | undefined {
  for (const line of content.split('\n')) {
    const text = line.replace(/\r+$/, '')
    if (text.startsWith('#')) continue
    let rest: string | undefined = text
    for (const want of wanted) rest = rest === undefined ? undefined : behindField(rest, want)
    if (rest !== undefined) return passwordOf(rest) || undefined
  }
  return undefined
}
function behindField(text: string, wanted: string): string | undefined {
  if (text.startsWith('*:')) return text.slice(2)
  let at = 0
  for (let matched = 0; at < text.length; at += 1) {
    if (text[at] === ':' && matched === wanted.length) return text.slice(at + 1)
    if (text[at] === '\\') at += 1
    if (matched === wanted.length || text[at] !== wanted[matched]) return undefined
    matched += 1
  }
  return undefined
}
function passwordOf(text: string): string {
  let password = ''
  for (let at = 0; at < text.length && text[at] !== ':'; at += 1) {
    if (text[at] === '\\' && at + 1 < text.length) at += 1
    password += text[at]
  }
  return password
}

const login: Login = {
  host: 'h',
  port: 5433,
  user: 'u',
  database: 'd',
  password: undefined,
  passfile: '',
  sslMode: 'prefer',
  sslRootCert: undefined,
  sslCert: undefined,
  sslKey: undefined,
  connectTimeout: 10,
}
const password = fc.string({ unit: fc.constantFrom(...'ab:\\*# \'"✓') })
const escaped = (field: string): string => field.replace(/[\\:]/g, '\\$&')

property(
  'a line gives back the password that was escaped into it, for the login it was made for and no other',
  async () => {
    const passfile = join(await tempFolder(), 'pgpass')
    const field = awkward.filter(
      text => text !== '' && !/[\n\r\0]/.test(text) && !text.startsWith('/') && text !== '*',
    )
    await holds(fc.tuple(field, field, field, password), async ([host, database, user, secret]) => {
      const line = `${[host, '5433', database, user, secret].map(escaped).join(':')}\n`
      await writeFile(passfile, line.startsWith('#') ? `\\${line}` : line, { mode: 0o600 })
      const own = { ...login, host, database, user, passfile }
      expect(storedPassword(own)).toBe(secret || undefined)
      expect(storedPassword({ ...own, user: `${user}x` })).toBeUndefined()
      expect(storedPassword({ ...own, host: `${host}x` })).toBeUndefined()
    })
  },
)

property('any line is read as libpq reads it', async () => {
  const passfile = join(await tempFolder(), 'pgpass')
  const piece = fc.constantFrom(
    'h',
    'd',
    'u',
    '5433',
    '*',
    ':',
    ':',
    ':',
    '\\',
    '#',
    '\n',
    '\r',
    'p',
    '*:*:*:*:',
  )
  await holds(
    fc.array(piece, { maxLength: 16 }),
    async pieces => {
      const content = pieces.join('')
      await writeFile(passfile, content, { mode: 0o600 })
      const expected = [
        libpq(content, ['h', '5433', 'd', 'u']),
        libpq(content, ['h', '5433', 'replication', 'u']),
      ]
      expect(expected).toContain(storedPassword({ ...login, passfile }))
    },
    500,
  )
})

property('pg_basebackup reads the password that it is handed', () =>
  holds(password, secret =>
    withClientLogin({ ...login, password: secret }, async ({ env }) => {
      expect(libpq(await readFile(env.PGPASSFILE ?? '', 'utf8'), ['h', '5433', 'replication', 'u'])).toBe(
        secret || undefined,
      )
    }),
  ),
)
