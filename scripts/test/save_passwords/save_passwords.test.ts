import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, noEngine } from '../helpers/place.ts'
import { leftOf, startSlowSave } from '../helpers/saving.ts'
import { processes } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let file: (name: string, content: string) => Promise<string>
/** Neither a password in the environment nor the .pgpass of whoever runs the tests. */
const none = () => ({ PGPASSWORD: '', HOME: join(toolkit.home, 'nobody') })

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await mkdir(join(toolkit.home, 'nobody'))
  file = async (name, content) => {
    const path = join(toolkit.home, name)
    await writeFile(path, content, { mode: 0o600 })
    return path
  }
})
afterAll(() => toolkit.dispose())

const passfileLine = (host: string) =>
  `${host}:${toolkit.port}:*:postgres:${toolkit.password.replace(/[\\:]/g, '\\$&')}\n`

test('from a file', async () => {
  const PGPASSWORD_FILE = await file('password file', `${toolkit.password}\n`)
  await toolkit.ok('save.ts', [], { env: { ...none(), PGPASSWORD_FILE } })
})

test('from a file that a flag names', async () => {
  const path = await file('password for the flag', toolkit.password)
  await toolkit.ok('save.ts', ['--password-file', path], { env: none() })
})

test('from db/.env', async () => {
  await file('.env', `PGPASSWORD=\`${toolkit.password}\`\n`)
  await toolkit.ok('save.ts', [], { env: none() })
  await file('.env', '')
})

test('from a .pgpass file, named or in the home folder', async () => {
  const PGPASSFILE = await file('my passes', passfileLine('localhost'))
  await toolkit.ok('save.ts', [], { env: { ...none(), PGPASSFILE } })
  await file('nobody/.pgpass', passfileLine('127.0.0.1'))
  await toolkit.ok('save.ts', ['--host', '127.0.0.1', '--port', String(toolkit.port)], { env: none() })
  await file('nobody/.pgpass', '')
})

test('a relative PGPASSFILE begins at db/, for node and for pg_basebackup alike', async () => {
  await file('relative', passfileLine('localhost'))
  await toolkit.ok('save.ts', [], { env: { ...none(), PGPASSFILE: 'relative' } })
})

test.each([
  [4, 'variable and file at once', { PGPASSWORD_FILE: 'x' }, 'PGPASSWORD and PGPASSWORD_FILE are both set'],
  [4, 'a file that is not there', { PGPASSWORD: '', PGPASSWORD_FILE: 'gone' }, 'cannot be read'],
  [1, 'a wrong one', { PGPASSWORD: 'wrong' }, 'The password of role “postgres” is wrong'],
  [1, 'the wrong role', { PGUSER: 'no"body' }, 'role “no"body”'],
])('%i: %s', async (code, _what, env, words) => {
  const before = await readdir(toolkit.backupsDir)
  const run = await toolkit.run('save.ts', [], { env })
  expect(run.code, run.stderr).toBe(code)
  expect(run.stderr).toContain(words)
  expect(run.stderr).toContain('HINT:')
  expect(run.stderr).not.toContain(toolkit.password)
  expect(await readdir(toolkit.backupsDir)).toEqual(before)
})

test('1: none at all and no terminal says where to put one', async () => {
  const run = await toolkit.run('save.ts', [], { env: none() })
  expect(run.code, run.stderr).toBe(1)
  expect(run.stderr).toContain('wants a password')
  expect(run.stderr).toContain('PGPASSWORD_FILE')
})

test('1: a .pgpass file without a fitting line, and one that others can read', async () => {
  const PGPASSFILE = await file('passes', 'elsewhere:1:*:x:y\n')
  expect((await toolkit.run('save.ts', [], { env: { ...none(), PGPASSFILE } })).code).toBe(1)
  await writeFile(PGPASSFILE, passfileLine('localhost'))
  await chmod(PGPASSFILE, 0o644)
  const run = await toolkit.run('save.ts', [], { env: { ...none(), PGPASSFILE } })
  expect(run.code, run.stderr).toBe(1)
  expect(run.stderr).toMatch(/permissions|chmod/)
})

/** As it is, and as JSON, a passfile and a URL would spell it. */
const spellings = (password: string) => [
  password,
  JSON.stringify(password).slice(1, -1),
  password.replace(/[\\:]/g, '\\$&'),
  encodeURIComponent(password),
]

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(pid => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8')]
      } catch {
        return []
      }
    })
}

/** Of the toolkit's programs and of the server; our own scripts get the password from their caller this way. */
const environmentsOfPrograms = () =>
  processes()
    .map(({ environment }) => environment)
    .filter(names => names.some(name => /^(TOOLKIT_PROGRAM|PG_GRANDPARENT_PID)=/.test(name)))
    .map(names => names.join('\n'))

test('nobody sees the password while a save runs, and nothing keeps it', async () => {
  const { child, done, container } = await startSlowSave(toolkit)
  const seen = [
    ...commandLines(),
    ...(noEngine ? environmentsOfPrograms() : [await docker('inspect', container, toolkit.container)]),
    ...(await toolkit.sql('SELECT query FROM pg_stat_activity')).map(row => String(row.query)),
  ]
  expect(seen.some(line => line.includes('pg_basebackup'))).toBe(true)
  child.kill('SIGINT')
  const interrupted = await done
  const saved = await toolkit.ok('save.ts', ['--verbose', '--json'])
  const wrong = await toolkit.run('save.ts', ['--verbose', '--json'], { env: { PGPORT: '1' } })
  const config = await toolkit.ok('config.ts')
  seen.push(...[interrupted, saved, wrong, config].flatMap(run => [run.stdout, run.stderr]))
  const { folder } = JSON.parse(saved.stdout)
  seen.push(await readFile(join(folder, 'metadata.json'), 'utf8'))
  seen.push(await readFile(join(toolkit.backupsDir, 'history.jsonl'), 'utf8'))
  for (const spelling of spellings(toolkit.password))
    expect(seen.filter(text => text.includes(spelling))).toEqual([])
})

test('what a killed save leaves of it is gone with the next', async () => {
  const { child, done } = await startSlowSave(toolkit)
  const secrets = async () => (await readdir(tmpdir())).filter(name => name.includes(`-${child.pid}-`))
  child.kill('SIGKILL')
  await done
  expect(await secrets()).toHaveLength(1)
  await toolkit.ok('save.ts')
  expect(await secrets()).toEqual([])
  expect(await leftOf(toolkit)).toEqual([])
})
