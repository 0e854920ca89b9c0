import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { makeLineVariable } from './make_line.ts'
import { type OptionName, optionNames, optionOf } from './options.ts'
import { type Layers, resolveSettings } from './resolve.ts'

type Given = {
  flags?: Partial<Record<OptionName, string>>
  env?: Record<string, string>
  dotenv?: Record<string, string>
  /** Names that stand on the make line; make exports their values like any other. */
  make?: string
  /** What the command takes. */
  taken?: readonly OptionName[]
}

const resolve = ({ flags = {}, env = {}, dotenv = {}, make, taken }: Given) => {
  const layers: Layers = {
    flags: new Map(Object.entries(flags) as [OptionName, string][]),
    env: make === undefined ? env : { ...env, [makeLineVariable]: make },
    dotenv,
    cwd: '/here',
    base: '/project/db',
    ...(taken && { taken }),
  }
  return resolveSettings(layers)
}

describe('precedence', () => {
  const flags = { host: 'flag' }
  const env = { PGHOST: 'environment' }
  const dotenv = { PGHOST: 'dotenv' }
  test.each<[string, Given, string, string]>([
    ['a flag before all', { flags, env, dotenv, make: 'PGHOST' }, 'flag', 'flag'],
    ['the make line before .env', { env, dotenv, make: 'PGHOST' }, 'environment', 'make line'],
    ['the environment before .env', { env, dotenv }, 'environment', 'environment'],
    ['.env before the default', { dotenv }, 'dotenv', '.env'],
    ['the default', {}, 'localhost', 'default'],
    ['an empty variable is none', { env: { PGHOST: '' }, dotenv }, 'dotenv', '.env'],
    ['an alias', { env: { POSTGRES_HOST: 'alias' } }, 'alias', 'environment'],
    ['the name before its alias', { env: { ...env, POSTGRES_HOST: 'alias' } }, 'environment', 'environment'],
    [
      'an empty name does not hide its alias',
      { env: { PGHOST: '', POSTGRES_HOST: 'alias' } },
      'alias',
      'environment',
    ],
    [
      'an alias before the name one layer below',
      { env: { POSTGRES_HOST: 'alias' }, dotenv },
      'alias',
      'environment',
    ],
    [
      'an alias on the make line before the name in the environment',
      { env: { ...env, POSTGRES_HOST: 'alias' }, make: 'POSTGRES_HOST' },
      'alias',
      'make line',
    ],
  ])('%s', (_, given, host, source) => {
    const { settings, sources, problems } = resolve(given)
    expect([settings.host, sources.host, problems]).toEqual([host, source, []])
  })

  test('nothing given is no problem, and the settings cannot be changed', () => {
    const { settings, sources, problems } = resolve({})
    expect(problems).toEqual([])
    expect(Object.values(sources).filter(source => source !== 'default')).toEqual([])
    expect(Object.isFrozen(settings)).toBe(true)
  })
})

describe('answers of one command', () => {
  test.each<[string, Given, unknown]>([
    ['never from the environment', { env: { FORCE: '1', TYPE: 'nonsense' } }, [false, 'default']],
    ['never from .env', { dotenv: { FORCE: '1' } }, [false, 'default']],
    ['from the make line', { env: { FORCE: '1' }, make: 'FORCE' }, [true, 'make line']],
    ['by an alias on the make line', { env: { YES: 'yes' }, make: 'LABEL YES' }, [true, 'make line']],
    [
      'not by an alias that only the environment has',
      { env: { YES: '1' }, make: 'FORCE' },
      [false, 'default'],
    ],
    ['from a flag', { flags: { force: 'true' } }, [true, 'flag']],
    [
      'a flag before the make line',
      { flags: { force: 'false' }, env: { FORCE: '1' }, make: 'FORCE' },
      [false, 'flag'],
    ],
  ])('%s', (_, given, expected) => {
    const { settings, sources, problems } = resolve(given)
    expect([settings.force, sources.force]).toEqual(expected)
    expect(problems).toEqual([])
  })

  test('every one of them is deaf to the environment', () => {
    const answers = optionNames.filter(name => optionOf(name).kind === 'answer')
    const names = answers.flatMap(name => [optionOf(name).env, ...optionOf(name).aliases])
    const env = Object.fromEntries(
      names.flatMap(n => [
        [n, '/from/elsewhere'],
        [`${n}_FILE`, '/nowhere'],
      ]),
    )
    const { sources, problems } = resolve({ env, dotenv: env })
    expect(problems).toEqual([])
    expect(answers.filter(name => sources[name] !== 'default')).toEqual([])
  })
})

describe('BACKUP_DIR', () => {
  const chosen = (given: Given) => {
    const { settings, problems } = resolve(given)
    return [settings.backupDir, settings.backupsDir, problems]
  }
  const own = '/project/db/backups'
  test.each<[string, Given, unknown[]]>([
    ['in the environment is where the backups are', { env: { BACKUP_DIR: '/srv' } }, [undefined, '/srv', []]],
    ['in .env too', { dotenv: { BACKUP_DIR: '/srv' } }, [undefined, '/srv', []]],
    [
      'on the make line names one',
      { env: { BACKUP_DIR: 'latest' }, make: 'BACKUP_DIR' },
      ['latest', own, []],
    ],
    ['as a flag names one', { flags: { backupDir: 'latest' } }, ['latest', own, []]],
    [
      'as a flag leaves the environment’s meaning',
      { flags: { backupDir: 'latest' }, env: { BACKUP_DIR: '/srv' } },
      ['latest', '/srv', []],
    ],
    [
      'on the make line leaves that of .env',
      { env: { BACKUP_DIR: 'latest' }, dotenv: { BACKUP_DIR: '/srv' }, make: 'BACKUP_DIR' },
      ['latest', '/srv', []],
    ],
    [
      'beside BACKUPS_DIR on one make line',
      { env: { BACKUP_DIR: 'latest', BACKUPS_DIR: '/srv' }, make: 'BACKUP_DIR BACKUPS_DIR' },
      ['latest', '/srv', []],
    ],
    ['BACKUPS_DIR comes first', { env: { BACKUP_DIR: '/a', BACKUPS_DIR: '/b' } }, [undefined, '/b', []]],
    ['ID is another word for it', { env: { ID: '2026' }, make: 'ID' }, ['2026', own, []]],
  ])('%s', (_, given, expected) => expect(chosen(given)).toEqual(expected))
})

describe('relative paths', () => {
  test.each<[string, Given, string]>([
    ['of a flag begin at the current folder', { flags: { dataDir: 'x' } }, '/here/x'],
    ['of the environment at db/', { env: { DATA_DIR: 'x' } }, '/project/db/x'],
    ['of the make line at db/', { env: { DATA_DIR: '../x' }, make: 'DATA_DIR' }, '/project/x'],
    ['of .env at db/', { dotenv: { DATA_DIR: './x' } }, '/project/db/x'],
    ['of the default at db/', {}, '/project/db/mnt/db/postgres'],
    ['absolute ones stay', { flags: { dataDir: '/x' } }, '/x'],
  ])('%s', (_, given, expected) => expect(resolve(given).settings.dataDir).toBe(expected))
})

describe('PGPORT', () => {
  test.each<[string, Given, number]>([
    ['is our own database’s where no host is set', {}, 8094],
    ['is 5432 as soon as PGHOST is set', { env: { PGHOST: 'localhost' } }, 5432],
    ['by whatever name', { dotenv: { POSTGRES_HOST: 'db' } }, 5432],
    ['or by a flag', { flags: { host: 'db' } }, 5432],
    ['an empty PGHOST is not set', { env: { PGHOST: '' } }, 8094],
    ['what is set counts', { env: { PGHOST: 'db', PGPORT: '6000' } }, 6000],
    ['by its alias too', { env: { POSTGRES_PORT: '6001' } }, 6001],
  ])('%s', (_, given, port) => expect(resolve(given).settings.port).toBe(port))
})

describe('secrets', () => {
  async function secretFile(content: string): Promise<string> {
    const file = join(await tempFolder(), 'secret')
    await writeFile(file, content)
    return file
  }

  test.each([
    ['hunter2\n', 'hunter2'],
    ['hunter2\r\n', 'hunter2'],
    ['hunter2', 'hunter2'],
    [' two words \n\n', ' two words \n'],
  ])('%j in a file is %j', async (content, password) => {
    const file = await secretFile(content)
    expect(resolve({ env: { PGPASSWORD_FILE: file } }).settings.password).toBe(password)
    expect(resolve({ dotenv: { POSTGRES_PASSWORD_FILE: file } }).settings.password).toBe(password)
    expect(resolve({ flags: { password: file } }).settings.password).toBe(password)
    const answer = { env: { NEW_PASSWORD_FILE: file }, make: 'NEW_PASSWORD_FILE' }
    expect(resolve(answer).settings.newPassword).toBe(password)
  })

  test('the name of the file is never taken for the secret, and a relative one begins at db/', () => {
    const { settings, problems } = resolve({ env: { PGPASSWORD_FILE: 'no/such file' } })
    expect(settings.password).toBeUndefined()
    expect(problems).toEqual([
      expect.stringMatching(
        /^PGPASSWORD_FILE names a file that cannot be read: .*\/project\/db\/no\/such file/,
      ),
    ])
  })

  test('of a flag it begins at the current folder', () => {
    expect(resolve({ flags: { password: 'secret' } }).problems).toEqual([
      expect.stringMatching(/^--password-file names a file that cannot be read: .*'\/here\/secret'/),
    ])
  })

  test('itself and its file in one layer is an error, even where the file is there', async () => {
    const env = { PGPASSWORD: 'hunter2', PGPASSWORD_FILE: await secretFile('other') }
    const both = 'PGPASSWORD and PGPASSWORD_FILE are both set'
    expect(resolve({ env }).problems).toEqual([`${both} (environment); keep one of them`])
    expect(resolve({ dotenv: env }).problems).toEqual([`${both} (.env); keep one of them`])
  })

  test('a file of a higher layer comes before the secret itself of a lower one', async () => {
    const file = await secretFile('from the file')
    const higher = { env: { PGPASSWORD_FILE: file }, dotenv: { PGPASSWORD: 'hunter2' } }
    expect(resolve(higher)).toMatchObject({ settings: { password: 'from the file' }, problems: [] })
    const onMakeLine = { env: { PGPASSWORD_FILE: file, PGPASSWORD: 'hunter2' }, make: 'PGPASSWORD_FILE' }
    expect(resolve(onMakeLine)).toMatchObject({ settings: { password: 'from the file' }, problems: [] })
  })

  test('an answer’s file does not meet a secret that only the environment has', async () => {
    const file = await secretFile('from the file')
    const given = { env: { NEW_PASSWORD_FILE: file, NEW_PASSWORD: 'hunter2' }, make: 'NEW_PASSWORD_FILE' }
    expect(resolve(given)).toMatchObject({ settings: { newPassword: 'from the file' }, problems: [] })
  })

  test('no message repeats one', () => {
    const { problems } = resolve({ env: { PGPASSWORD: 'hunter2\0', PGPORT: 'x' } })
    expect(problems).toHaveLength(2)
    expect(problems.join()).not.toContain('hunter2')
  })
})

test('every problem is reported at once, with its name, value and source', () => {
  const { problems } = resolve({
    flags: { lines: '0' },
    env: { PGPORT: '99999', FORMAT: 'zip' },
    dotenv: { PGSSLMODE: 'on', BACKUP_COMPRESSION: 'rar' },
    make: 'FORMAT',
    taken: ['format', 'lines'],
  })
  expect(problems).toEqual([
    'PGPORT “99999” (environment) must be a whole number from 1 to 65535',
    'PGSSLMODE “on” (.env) must be one of disable, allow, prefer, require, verify-ca, verify-full',
    'FORMAT “zip” (make line) must be one of tar, plain',
    '--lines “0” (flag) must be a whole number from 1 to 100000',
    'BACKUP_COMPRESSION “rar” (.env) must be zstd, lz4, gzip or none, with a level after a colon: zstd:3',
  ])
})

test('an answer of one name is that of the command: FORMAT of a save, or of a dump', () => {
  const given = { env: { FORMAT: 'directory', TARGET: 'copy' }, make: 'FORMAT TARGET' }
  const dump = resolve({ ...given, taken: ['dumpFormat', 'cloneTarget'] })
  expect(dump.problems).toEqual([])
  expect(dump.settings).toMatchObject({ dumpFormat: 'directory', cloneTarget: 'copy', format: 'tar' })
  expect(dump.settings.target).toBeUndefined()
  expect(resolve({ ...given, taken: ['format'] }).problems).toHaveLength(1)
})
