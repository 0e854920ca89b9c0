import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { settingsFrom, tlsOf } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'settings-'))
const file = join(folder, 'password')
writeFileSync(file, 'of the file\n')
afterAll(() => rmSync(folder, { recursive: true }))

describe('where the server is', () => {
  test('with nothing set: the toolkit’s own', () => {
    expect(settingsFrom([{}])).toMatchObject({
      host: 'localhost',
      port: 8094,
      user: 'postgres',
      database: 'postgres',
    })
  })

  test('with a host: PostgreSQL’s own port', () => {
    expect(settingsFrom([{ PGHOST: 'db.example.com' }])).toMatchObject({ host: 'db.example.com', port: 5432 })
  })

  test('the first layer that knows counts, and what is empty does not', () => {
    const layers = [
      { PGUSER: '', PGPORT: '1' },
      { PGUSER: 'second', PGPORT: '2' },
    ]
    expect(settingsFrom(layers)).toMatchObject({ user: 'second', port: 1 })
  })

  test('the other names', () => {
    const env = {
      POSTGRES_HOST: 'h',
      POSTGRES_PORT: '7',
      POSTGRES_USER: 'u',
      POSTGRES_DB: 'd',
      POSTGRES_PASSWORD: 'p',
    }
    expect(settingsFrom([env])).toMatchObject({ host: 'h', port: 7, user: 'u', database: 'd', password: 'p' })
  })

  test('a password in a file, of a nearer layer than one that is written out', () => {
    expect(settingsFrom([{ PGPASSWORD_FILE: file }, { PGPASSWORD: 'farther' }]).password).toBe('of the file')
  })

  test.each(['80a', '-1', '0', '99999', '123456'])('port %s is refused', PGPORT => {
    expect(() => settingsFrom([{ PGPORT }])).toThrow('no number of a port')
  })

  test('a file that is not there is named', () => {
    expect(() => settingsFrom([{ PGPASSWORD_FILE: '/nowhere' }])).toThrow(
      /PGPASSWORD_FILE names a file that cannot be read: .*\/nowhere/,
    )
  })
})

describe('encryption', () => {
  const tls = (PGSSLMODE?: string, PGSSLROOTCERT?: string) =>
    tlsOf(settingsFrom([{ PGSSLMODE, PGSSLROOTCERT }]))
  test.each([undefined, 'disable', 'allow', 'prefer'])('%s: none', mode => expect(tls(mode)).toBe(false))
  test('require believes every certificate; with a root certificate only its own', () => {
    expect(tls('require')).toEqual({ rejectUnauthorized: false })
    expect(tls('require', file)).toMatchObject({ rejectUnauthorized: true, ca: 'of the file\n' })
  })
  test('verify-full compares the name as well, verify-ca does not', () => {
    expect(tls('verify-ca')).toHaveProperty('checkServerIdentity')
    expect(tls('verify-full')).toEqual({ rejectUnauthorized: true })
  })
  test('a slip of the finger is not “no encryption”', () => {
    expect(() => tls('requires')).toThrow('PGSSLMODE is “requires”')
  })
})
