import { describe, expect, test } from 'vitest'
import type { OptionName } from './options.ts'
import { placesOf } from './places.ts'

type Given = {
  flags?: Partial<Record<OptionName, string>>
  env?: Record<string, string>
  dotenv?: Record<string, string>
}

const places = ({ flags = {}, env = {}, dotenv = {} }: Given) =>
  placesOf({
    flags: new Map(Object.entries(flags) as [OptionName, string][]),
    env,
    dotenv,
    cwd: '/here',
    base: '/p/db',
  })

describe('places that a command may touch', () => {
  test('by default those of the project', () => {
    expect(places({})).toEqual({ read: [], write: ['/p/db/mnt/db', '/p/db/backups', '/p/db/reports'] })
  })

  test.each<[string, Given, string]>([
    ['a data directory with what lies beside it', { env: { DATA_DIR: '/srv/pg/data' } }, '/srv/pg'],
    ['one at the root', { env: { DATA_DIR: '/data' } }, '/data'],
    ['backups', { dotenv: { BACKUPS_DIR: '../b' } }, '/p/b'],
    ['one backup', { flags: { backupDir: './x' } }, '/here/x'],
    ['another target with what lies beside it', { flags: { target: '/srv/x/y' } }, '/srv/x'],
  ])('%s is written', (_, given, path) => expect(places(given).write).toContain(path))

  test.each<[string, Given, string]>([
    ['the folder of a socket', { env: { PGHOST: '/run/pg' } }, '/run/pg'],
    ['a passfile', { env: { PGPASSFILE: 'pass' } }, '/p/db/pass'],
    ['a certificate', { dotenv: { PGSSLROOTCERT: '/c.pem' } }, '/c.pem'],
    ['a secret’s file, though it is not there', { env: { PGPASSWORD_FILE: '/no/such' } }, '/no/such'],
    ['by its other name', { dotenv: { POSTGRES_PASSWORD_FILE: '/no/such' } }, '/no/such'],
    ['by its flag', { flags: { newPassword: 'n' } }, '/here/n'],
  ])('%s is read', (_, given, path) => expect(places(given).read).toContain(path))

  test.each<[string, Given]>([
    ['the name of a backup', { flags: { backupDir: 'latest' } }],
    ['a folder of programs', { env: { PG_BIN: '/usr/lib/postgresql/15/bin' } }],
    ['a volume', { flags: { target: 'volume:x' } }],
    ['a setting that cannot be used', { env: { PGPORT: 'none' } }],
  ])('%s is no place', (_, given) => expect(places(given)).toEqual(places({})))
})
