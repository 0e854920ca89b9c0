import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeWord } from '../../terminal/shell_words.ts'
import { ended, formers, outcome } from '../helpers/cluster.ts'
import { noEngine } from '../helpers/place.ts'
import { besideServer, onMachine } from '../helpers/server.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { type Run, Toolkit, withToolkit } from '../helpers/toolkit.ts'

/** Everything that quoting has to do with, in every name and path there is. */
const odd = `it's "odd", 100% $HOME \\n\\ ü✓;&=#*~\nand -rf`
const database = `host=it's "odd" \\ $x ü`
const role = `-U it's "odd"=\\ ü`
const label = `it's "odd", 100% $HOME \\n ü✓ -rf`
const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

const project = join(import.meta.dirname, '..', '..', '..')
let above: string
let toolkit: Toolkit
let saved: string

const make = (...words: string[]): Promise<Run> =>
  new Promise(resolve => {
    const child = execFile(
      'bash',
      ['-c', `make ${words.join(' ')}`],
      { cwd: project, env: toolkit.env },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin?.end()
  })
const rows = async (): Promise<number> =>
  Number((await toolkit.sql('SELECT count(*) FROM "t\'s"', database))[0].count)

const owner = ({ uid, gid }: { uid: number; gid: number }) => [`--owner=${uid}`, `--group=${gid}`]

beforeAll(async () => {
  above = await mkdtemp(join(tmpdir(), 'toolkit-test-'))
  // Without an engine the server's user has to get there.
  await chmod(above, 0o755)
  await mkdir(join(above, odd), { mode: 0o755 })
  toolkit = await Toolkit.create(join(above, odd))
  await toolkit.startDatabase()
  // PostgreSQL takes no quote in the path of a new tablespace; without an engine ours has one.
  const disk = `${noEngine ? above : toolkit.tablespaces}/a "b", $c=d\\`
  if (noEngine) await onMachine(['install', '--directory', ...owner(await stat(toolkit.dataDir)), disk])
  else await besideServer(toolkit, 'mkdir', disk)
  for (const sql of [
    `CREATE ROLE ${identifier(role)} SUPERUSER LOGIN PASSWORD '${toolkit.password.replaceAll("'", "''")}'`,
    `CREATE DATABASE ${identifier(database)}`,
    `CREATE TABLESPACE ${identifier(label)} LOCATION '${disk}'`,
  ])
    await toolkit.sql(sql)
  await toolkit.sql(
    `CREATE TABLE "t's" TABLESPACE ${identifier(label)} AS SELECT generate_series(1, 1000) AS n`,
    database,
  )
})
afterAll(async () => {
  await toolkit.dispose()
  await rm(above, { recursive: true, force: true })
})

describe('by the scripts', () => {
  test('save, list, verify', async () => {
    const env = { PGUSER: role, PGDATABASE: database }
    const { metadata } = await toolkit.json('save.ts', [`--label=${label}`], { env })
    saved = metadata.id
    expect(metadata).toMatchObject({
      label,
      tablespaces: [{ name: label, location: `${toolkit.tablespaces}/a "b", $c=d\\` }],
    })
    const { backups } = await toolkit.json('db_backup.ts', ['list'])
    expect(backups).toMatchObject([{ id: saved, label, folder: toolkit.backup(saved), damage: null }])
    const [verified] = await toolkit.json('db_backup.ts', ['verify', saved, '--deep'])
    expect(verified).toMatchObject({ result: 'ok', notes: [] })
  })

  test('restore by the folder, start-restored, discard-former', async () => {
    await toolkit.sql('DELETE FROM "t\'s"', database)
    await toolkit.ok('restore_docker.ts', [toolkit.backup(saved), '--yes'])
    expect(await rows()).toBe(1000)
    const started = await toolkit.json('database.ts', ['start-restored'])
    expect(started).toMatchObject({ restored_from: saved, login_works: true, timeline: 2 })
    expect(started.databases.map((d: { name: string }) => d.name)).toContain(database)
    expect(await formers(toolkit)).toHaveLength(1)
    await toolkit.ok('database.ts', ['discard-former', '--yes'])
    expect(await formers(toolkit)).toEqual([])
    expect(await rows()).toBe(1000)
  })

  test.skipIf(!soak)(`plain; and a tablespace into a folder of the user${whyNotNow}`, async () => {
    const folder = join(toolkit.home, "a user's, folder=1\\")
    const plain = await toolkit.save('--format', 'plain')
    const escaped = (text: string) => text.replace(/[,=]/g, '\\$&')
    const map = `${escaped(label)}=${escaped(folder)}/`
    await toolkit.ok('restore_docker.ts', [plain, '--yes', `--tablespace-map=${map}`])
    expect(await rows()).toBe(1000)
    const long = await toolkit.run('save.ts', ['--format', 'plain'])
    expect(outcome(long)).toMatch(ended(5))
    expect(long.stderr).toMatch(/too long for FORMAT=plain[\s\S]*Save with FORMAT=tar/)
    const again = await toolkit.save()
    await toolkit.sql('DELETE FROM "t\'s"', database)
    await toolkit.ok('restore_docker.ts', [again, '--yes'])
    expect(await rows()).toBe(1000)
    await toolkit.ok('db_backup.ts', ['delete', plain, '--yes'])
    await toolkit.ok('db_backup.ts', ['delete', toolkit.backup(again), '--yes'])
  })
})

test.skipIf(!soak)(`a tablespace in a folder of the user, saved as plain files${whyNotNow}`, () =>
  withToolkit(async other => {
    await other.startDatabase()
    await besideServer(other, 'mkdir', `${other.tablespaces}/a`)
    await other.sql(`CREATE TABLESPACE a LOCATION '${other.tablespaces}/a'`)
    await other.sql('CREATE TABLE t TABLESPACE a AS SELECT generate_series(1, 1000) AS n')
    const folder = join(other.home, "it's, a=b\\")
    const map = `--tablespace-map=a=${folder.replace(/[,=]/g, '\\$&')}/`
    await other.ok('restore_docker.ts', [await other.save(), '--yes', map])
    expect(
      await other.sql(`SELECT pg_tablespace_location(oid) AS l FROM pg_tablespace WHERE spcname = 'a'`),
    ).toEqual([{ l: folder }])
    const plain = await other.save('--format', 'plain')
    await other.sql('DELETE FROM t')
    await other.ok('restore_docker.ts', [plain, '--yes'])
    expect(await other.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }])
    const [verified] = await other.json('db_backup.ts', ['verify', plain])
    expect(verified).toMatchObject({ result: 'ok', notes: [] })
  }),
)

describe('by make', () => {
  test('save, list, verify, restore, start-restored, discard-former, delete', async () => {
    const ok = async (...words: string[]) => {
      const run = await make(...words)
      expect(outcome(run)).toMatch(ended(0))
      return run.stdout
    }
    const places = [makeWord('BACKUPS_DIR', join(toolkit.home, 'more', odd)), makeWord('LABEL', label)]
    expect(await ok('save', ...places)).toContain(join(toolkit.home, 'more', odd))
    const [name = ''] = (await readdir(join(toolkit.home, 'more', odd))).filter(n => n.startsWith('cluster_'))
    const backup = makeWord('BACKUP_DIR', join(toolkit.home, 'more', odd, name))
    expect(await ok('list', places[0] ?? '')).toContain(label)
    expect(await ok('verify', backup, 'DEEP=1')).toContain(`ok      ${name}`)
    await toolkit.sql('DELETE FROM "t\'s"', database)
    await ok('restore', backup, 'FORCE=1')
    expect(await ok('start-restored')).toContain(name)
    expect(await rows()).toBe(1000)
    await ok('discard-former', 'FORCE=1')
    const sql = `SELECT count(*) FROM "t's"`
    const asked = [makeWord('PGDATABASE', database), makeWord('PGUSER', role), makeWord('COMMAND', sql)]
    expect(await ok('psql', ...asked)).toContain('1000')
    await ok('delete', backup, 'FORCE=1')
    expect((await readdir(join(toolkit.home, 'more', odd))).filter(n => n.startsWith('cluster_'))).toEqual([])
  })
})

describe('a folder called -rf', () => {
  test('relative and absolute, as the folder of all backups and as a backup', async () => {
    const cwd = join(toolkit.home, 'work')
    await mkdir(cwd)
    await toolkit.ok('save.ts', ['--backups-dir=-rf'], { cwd })
    const [name = ''] = (await readdir(join(cwd, '-rf'))).filter(n => n.startsWith('cluster_'))
    await rename(join(cwd, '-rf', name), join(cwd, '-rf', '-rf'))
    for (const args of [['--backups-dir=-rf', '--', '-rf'], [join(cwd, '-rf', '-rf')], ['./-rf/-rf']]) {
      const { stdout } = await toolkit.ok('db_backup.ts', ['verify', '--json', ...args], { cwd })
      const [verified] = JSON.parse(stdout)
      expect(verified).toMatchObject({ id: '-rf', result: 'ok' })
    }
    const data = join(cwd, '-data')
    await toolkit.ok('restore_docker.ts', ['--backups-dir=-rf', '--target=-data', '--yes', '--', '-rf'], {
      cwd,
    })
    expect(existsSync(data)).toBe(true)
    const refused = await toolkit.run('db_backup.ts', ['delete', '-rf', '--yes'], { cwd })
    expect(outcome(refused)).toMatch(ended(4))
    await toolkit.ok('db_backup.ts', ['delete', '--backups-dir=-rf', '--yes', '--', '-rf'], { cwd })
    expect((await readdir(join(cwd, '-rf'))).filter(n => n.includes('rf'))).toEqual([])
  })

  test('names that only a program could take for an option are refused', async () => {
    for (const env of [{ CONTAINER: '-rf' }, { IMAGE: '--help' }, {}]) {
      const run = await toolkit.run(
        'save.ts',
        'CONTAINER' in env || 'IMAGE' in env ? [] : ['--label=two\nlines'],
        { env },
      )
      expect(outcome(run)).toMatch(ended(4))
    }
  })
})
